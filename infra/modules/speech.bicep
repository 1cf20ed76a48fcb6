// The AI services account that turns speech into text for ACS. Without the role, or without a custom subdomain, every
// start of a transcription fails with 8565. Of the two kinds that have all services, `CognitiveServices` is refused in a
// subscription in which nobody has accepted its terms in the portal (ResourceKindRequireAcceptTerms,
// https://github.com/microsoft/PubSec-Info-Assistant/issues/835).
param name string
param location string
param acsPrincipalId string
param tags object

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
var cognitiveServicesUser = 'a97b65f3-24c7-4388-baec-2e87135dc908'

resource account 'Microsoft.CognitiveServices/accounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'AIServices'
  sku: { name: 'S0' }
  properties: {
    customSubDomainName: name
    disableLocalAuth: true
    publicNetworkAccess: 'Enabled'
  }
}

resource acsMayTranscribe 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, acsPrincipalId, cognitiveServicesUser)
  scope: account
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', cognitiveServicesUser)
    principalId: acsPrincipalId
    principalType: 'ServicePrincipal'
  }
}

output endpoint string = account.properties.endpoint
