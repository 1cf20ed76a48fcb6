// The ACS resource as the rest needs it, whether it was just made or was there before. It is only read here: `azd down`
// deletes every resource group in which azd's own deployment made something, so that must not be the group of an ACS
// resource of yours (https://github.com/Azure/azure-dev/issues/2916). What is added to it comes with event-routing.bicep.
param name string
param group string

resource acs 'Microsoft.Communication/communicationServices@2025-09-01' existing = {
  scope: resourceGroup(group)
  name: name
}

output endpoint string = 'https://${acs.properties.hostName}'
output immutableResourceId string = acs.properties.immutableResourceId
output principalId string = acs.?identity.?principalId ?? fail('The ACS resource ${name} has no system-assigned identity, which it shows the AI services account. Turn it on (portal: Settings, Identity), then go on with azd up.')
