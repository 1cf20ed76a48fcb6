// The subscription to the events of an ACS resource, which can be in another resource group. It stands on the resource
// itself: Event Grid then uses the system topic that is there, or makes one. A resource has one at the most, so a topic of
// our own would clash with that of somebody who listens already.
// https://learn.microsoft.com/azure/event-grid/system-topics
param acsName string
param subscriptionName string
@secure()
@description('The address holds the function\'s key.')
param endpointUrl string

resource acs 'Microsoft.Communication/communicationServices@2025-09-01' existing = {
  name: acsName
}

resource calls 'Microsoft.EventGrid/eventSubscriptions@2025-02-15' = {
  name: subscriptionName
  scope: acs
  properties: {
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: [
        'Microsoft.Communication.CallEnded'
        'Microsoft.Communication.CallParticipantAdded'
        'Microsoft.Communication.IncomingCall'
      ]
    }
    retryPolicy: {
      eventTimeToLiveInMinutes: 1440
      maxDeliveryAttempts: 30
    }
    destination: {
      endpointType: 'WebHook'
      properties: { endpointUrl: endpointUrl }
    }
  }
}
