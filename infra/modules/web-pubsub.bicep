// Web PubSub resources that share the sessions. Hub `captions` is for viewers, who may raise events, so no handler
// hears them; hub `transcript` is for ACS. That one comes with event-routing.bicep, after the code: its handler's address
// needs a function's key, and a hub written here without handler would cut off running calls at each deployment.
param names string[]
param location string
param sku string
param units int
param tags object

resource services 'Microsoft.SignalRService/webPubSub@2024-03-01' = [
  for name in names: {
    name: name
    location: location
    tags: tags
    kind: 'WebPubSub'
    sku: {
      name: sku
      capacity: units
    }
    // Its token tells the functions which of them calls: without access keys no event is signed.
    identity: { type: 'SystemAssigned' }
    properties: {
      disableLocalAuth: true
      disableAadAuth: false
      publicNetworkAccess: 'Enabled'
    }
  }
]

resource captions 'Microsoft.SignalRService/webPubSub/hubs@2024-03-01' = [
  for (name, number) in names: {
    parent: services[number]
    name: 'captions'
    properties: { anonymousConnectPolicy: 'deny' }
  }
]

output hosts string[] = [for (name, number) in names: services[number].properties.hostName]
output principalIds string[] = [for (name, number) in names: services[number].identity.principalId]
