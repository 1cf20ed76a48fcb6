// What brings events to the deployed functions: the `transcript` hub of each Web PubSub and the subscription to ACS's
// events. After the code, since each address holds the key of its one function and Event Grid at once asks that it answers.
// And the role on ACS, which can be a resource of yours (see communication-lookup.bicep).
param functionAppName string
@description('Of the identity that the functions have.')
param functionPrincipalId string
@description('With commas between them.')
param webPubSubNames string
param webPubSubAudience string
param acsName string
param acsResourceGroup string

var names = split(webPubSubNames, ',')

resource functionApp 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName
}

resource webPubSubs 'Microsoft.SignalRService/webPubSub@2024-03-01' existing = [
  for name in names: {
    name: name
  }
]

var callbacks = 'https://${functionApp.properties.defaultHostName}/api/callbacks'
var frameKey = listKeys(resourceId('Microsoft.Web/sites/functions', functionAppName, 'web_pubsub_events'), '2025-03-01').default
var eventKey = listKeys(resourceId('Microsoft.Web/sites/functions', functionAppName, 'receive_event_grid'), '2025-03-01').default

resource transcriptHubs 'Microsoft.SignalRService/webPubSub/hubs@2024-03-01' = [
  for (name, number) in names: {
    parent: webPubSubs[number]
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
]

module access 'modules/communication-access.bicep' = {
  scope: resourceGroup(acsResourceGroup)
  name: 'communication-access-${functionAppName}'
  params: {
    name: acsName
    principalId: functionPrincipalId
  }
}

// One ACS can serve several deployments, so the subscription has this one's name.
module calls 'modules/communication-events.bicep' = {
  scope: resourceGroup(acsResourceGroup)
  name: 'communication-events-${functionAppName}'
  params: {
    acsName: acsName
    subscriptionName: functionAppName
    endpointUrl: '${callbacks}/event-grid?code=${uriComponent(eventKey)}'
  }
}
