// Azure Communication Services, where none is there already. Its own identity is what it shows the AI services account
// (speech.bicep).
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
