// Azure Communication Services. Its own identity is what it shows the AI services account (speech.bicep).
param name string
param dataLocation string
param accessKeys bool
param tags object

resource acs 'Microsoft.Communication/communicationServices@2025-09-01' = {
  name: name
  location: 'global'
  tags: tags
  identity: { type: 'SystemAssigned' }
  properties: {
    dataLocation: dataLocation
    disableLocalAuth: !accessKeys
  }
}

output id string = acs.id
output name string = acs.name
output endpoint string = 'https://${acs.properties.hostName}'
output immutableResourceId string = acs.properties.immutableResourceId
output principalId string = acs.identity.principalId
