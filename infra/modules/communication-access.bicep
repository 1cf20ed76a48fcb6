// What the functions may do with ACS: not in access.bicep, since it can be in another resource group.
param name string
param principalId string

// Call Automation with Entra ID asks for it (https://github.com/MicrosoftDocs/azure-docs/issues/115487): ACS has no
// narrower role for calls. It reaches this one resource.
var contributor = 'b24988ac-6180-42a0-ab88-20f7382dd24c'

resource acs 'Microsoft.Communication/communicationServices@2025-09-01' existing = {
  name: name
}

resource calls 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(acs.id, principalId, contributor)
  scope: acs
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', contributor)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
