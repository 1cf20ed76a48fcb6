// Web PubSub: hub `captions` for viewers, who may raise events, so no handler hears them; hub `transcript` for ACS.
// That one comes with event-routing.bicep, after the code: its handler's address needs a function's key, and a hub
// written here without handler would cut off running calls at each deployment.
param name string
param location string
param sku string
param units int
param tags object

resource service 'Microsoft.SignalRService/webPubSub@2024-03-01' = {
  name: name
  location: location
  tags: tags
  kind: 'WebPubSub'
  sku: {
    name: sku
    capacity: units
  }
  // Its token tells the functions who calls: without access keys no event is signed.
  identity: { type: 'SystemAssigned' }
  properties: {
    disableLocalAuth: true
    disableAadAuth: false
    publicNetworkAccess: 'Enabled'
  }
}

resource captions 'Microsoft.SignalRService/webPubSub/hubs@2024-03-01' = {
  parent: service
  name: 'captions'
  properties: { anonymousConnectPolicy: 'deny' }
}

output name string = service.name
output endpoint string = 'https://${service.properties.hostName}'
output principalId string = service.identity.principalId
