// What brings events to the deployed functions: the `transcript` hub of Web PubSub and the subscription to ACS's events.
// After the code, since each address holds the key of its one function and Event Grid at once asks that it answers.
param functionAppName string
param webPubSubName string
param webPubSubAudience string
param systemTopicName string

resource functionApp 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName
}

resource webPubSub 'Microsoft.SignalRService/webPubSub@2024-03-01' existing = {
  name: webPubSubName
}

resource systemTopic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: systemTopicName
}

var callbacks = 'https://${functionApp.properties.defaultHostName}/api/callbacks'
var frameKey = listKeys(resourceId('Microsoft.Web/sites/functions', functionAppName, 'web_pubsub_events'), '2025-03-01').default
var eventKey = listKeys(resourceId('Microsoft.Web/sites/functions', functionAppName, 'receive_event_grid'), '2025-03-01').default

resource transcriptHub 'Microsoft.SignalRService/webPubSub/hubs@2024-03-01' = {
  parent: webPubSub
  name: 'transcript'
  properties: {
    anonymousConnectPolicy: 'deny'
    eventHandlers: [
      {
        urlTemplate: '${callbacks}/web-pubsub?code=${uriComponent(frameKey)}'
        userEventPattern: 'message'
        systemEvents: ['connect', 'disconnected']
        auth: {
          type: 'ManagedIdentity'
          managedIdentity: { resource: webPubSubAudience }
        }
      }
    ]
  }
}

resource calls 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: systemTopic
  name: 'verbatim'
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
      properties: { endpointUrl: '${callbacks}/event-grid?code=${uriComponent(eventKey)}' }
    }
  }
}
