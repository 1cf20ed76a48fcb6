// What the functions may do, and where; for storage see storage-access.bicep, for ACS communication-access.bicep. People get
// nothing here: whoever deploys cannot read a transcript by that.
// Ids: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
param principalId string
param webPubSubNames string[]
param topicName string
param applicationInsightsName string

// Sending to groups, tokens for clients, closing connections.
var webPubSubServiceOwner = '12cf5a90-567b-43ae-8102-96cf46c7d9b4'
// Events out.
var eventGridDataSender = 'd5a91429-5739-47e2-a06b-3470a27159e7'
// Telemetry.
var monitoringMetricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource webPubSubs 'Microsoft.SignalRService/webPubSub@2024-03-01' existing = [
  for name in webPubSubNames: {
    name: name
  }
]

resource topic 'Microsoft.EventGrid/topics@2025-02-15' existing = {
  name: topicName
}

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

resource captions 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, number) in webPubSubNames: {
    name: guid(webPubSubs[number].id, principalId, webPubSubServiceOwner)
    scope: webPubSubs[number]
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', webPubSubServiceOwner)
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

resource eventsOut 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(topic.id, principalId, eventGridDataSender)
  scope: topic
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', eventGridDataSender)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource telemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(applicationInsights.id, principalId, monitoringMetricsPublisher)
  scope: applicationInsights
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', monitoringMetricsPublisher)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
