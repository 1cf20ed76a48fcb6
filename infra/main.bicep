targetScope = 'subscription'

@minLength(1)
@maxLength(64)
@description('Name of the azd environment; every name that must be unique in the world is made from it.')
param environmentName string

@minLength(1)
@metadata({ azd: { type: 'location' } })
@description('Region of everything that has one. Flex Consumption must be offered there.')
param location string

@description('Region of the AI services account; empty: that of everything else.')
param aiServicesLocation string = ''

@description('Region of Web PubSub; empty: that of everything else.')
param webPubSubLocation string = ''

@description('Name of an ACS resource of this subscription that is there already, with a system-assigned identity; empty: one is made.')
param existingCommunicationServiceName string = ''

@description('Resource group of that ACS resource.')
param existingCommunicationServiceResourceGroup string = ''

@description('Where ACS keeps its data at rest, as "Europe"; empty: in the United States. It cannot be changed later.')
param acsDataLocation string = ''

@description('Whether ACS takes access keys too. Verbatim needs none; set it where another back end issues user tokens with them.')
param acsAccessKeys bool = false

@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
@description('How often storage keeps each transcript: in one building, in three, or in a second region as well.')
param storageSku string = 'Standard_LRS'

@allowed(['Free_F1', 'Standard_S1', 'Premium_P1'])
@description('Size of a Web PubSub unit. Free_F1 holds 20 connections and is for a try.')
param webPubSubSku string = 'Standard_S1'

@allowed([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100])
@description('Web PubSub units: 1,000 connections each, transcript sockets and viewers together.')
param webPubSubUnits int = 1

@minValue(1)
@maxValue(10)
@description('Web PubSub resources that share the sessions, each with its units: above some 9,500 calls at once one does not do.')
param webPubSubCount int = 1

@minValue(0)
@maxValue(9)
@description('How many of these, the last ones, keep their sessions and get no new ones: so a resource is emptied before webPubSubCount leaves it out.')
param webPubSubDraining int = 0

// With no audience at all the token would be one for Microsoft Graph, which nobody else can check:
// https://learn.microsoft.com/azure/azure-web-pubsub/howto-use-managed-identity
@description('Audience of the Entra token with which Web PubSub calls the functions: the id URI of an application in this tenant; empty: that of Web PubSub itself.')
param webPubSubAudience string = ''

@allowed([512, 2048, 4096])
@description('Memory of a function instance in MB.')
param instanceMemoryMB int = 2048

@minValue(1)
@maxValue(1000)
@description('Most function instances at a time.')
param maximumInstances int = 40

@minValue(0)
@maxValue(1000)
@description('Instances that are kept ready for HTTP, and paid for, so that no frame meets a cold start.')
param alwaysReadyInstances int = 0

@minValue(1)
@maxValue(1000)
@description('Requests that one instance takes at a time. Frames wait for storage most of their time; left out, Python gets 1.')
param httpConcurrency int = 50

@description('Origins of other web pages that may call the API from a browser (CORS), with commas between them; empty: none.')
param allowedOrigins string = ''

@description('Address at which ACS and viewers reach the app, where it is not that of the function app itself.')
param publicUrl string = ''

@description('Tenant whose people may sign in to the API and the page; empty: function keys instead.')
param entraTenantId string = ''

@description('Client id of the application registration that they sign in to; set together with the tenant.')
param entraClientId string = ''

@description('The Bandwidth account whose calls are transcribed too. All six Bandwidth parameters, or none.')
param bandwidthAccountId string = ''

@description('The id of its voice application.')
param bandwidthApplicationId string = ''

@description('The id of its API credential (OAuth2 client credentials).')
param bandwidthClientId string = ''

@description('The secret of that credential.')
@secure()
param bandwidthClientSecret string = ''

@description('The name that the voice application sends with its webhooks.')
param bandwidthWebhookUser string = ''

@description('The password that it sends with them.')
@secure()
param bandwidthWebhookPassword string = ''

@description('Rules for calls that ring, as docs/settings.md describes them. Write them into main.parameters.json: azd would lose their quotes in a variable.')
param answerRules array = []

@minValue(0)
@maxValue(3650)
@description('Sessions are erased so many days after their end; 0 keeps them.')
param retentionDays int = 0

@description('When the retention is looked at (NCRONTAB with seconds); empty: hourly.')
param retentionSchedule string = ''

@description('When overdue work is looked for (NCRONTAB with seconds); its period is the finest deadline; empty: every 15 seconds.')
param sweepSchedule string = ''

@minValue(1)
@maxValue(720)
@description('Hours after which a session stops by itself.')
param longestSessionHours int = 24

@minValue(0)
@maxValue(10000)
@description('Least time between two interim captions of a speaker, in ms.')
param interimIntervalMs int = 500

@minValue(1)
@maxValue(1440)
@description('How long a viewer\'s captions access is good for, in minutes.')
param captionsAccessMinutes int = 60

@minValue(30)
@maxValue(730)
@description('Days that logs are kept. They hold no words of a call.')
param logRetentionDays int = 30

@description('Who is told when something is wrong; empty: no alert rules are made.')
param alertEmail string = ''

var abbreviations = loadJsonContent('abbreviations.json')
var resourceToken = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }
var resourceGroupName = '${abbreviations.resourceGroup}${environmentName}'
var makesAcs = empty(existingCommunicationServiceName)
var acsName = makesAcs ? '${abbreviations.communicationServices}${resourceToken}' : existingCommunicationServiceName
var acsResourceGroup = makesAcs ? resourceGroupName : existingCommunicationServiceResourceGroup
var webPubSubName = '${abbreviations.webPubSub}${resourceToken}'
var webPubSubNames = map(range(1, webPubSubCount), number => number == 1 ? webPubSubName : '${webPubSubName}-${number}')
var functionAppName = '${abbreviations.functionApp}${resourceToken}'
var deploymentContainer = 'deployment'
var audience = empty(webPubSubAudience) ? 'https://webpubsub.azure.com' : webPubSubAudience

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: resourceGroupName
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  scope: group
  name: 'identity'
  params: {
    name: '${abbreviations.managedIdentity}${resourceToken}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  name: 'monitoring'
  params: {
    workspaceName: '${abbreviations.logAnalytics}${resourceToken}'
    applicationInsightsName: '${abbreviations.applicationInsights}${resourceToken}'
    location: location
    retentionDays: logRetentionDays
    tags: tags
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  name: 'storage'
  params: {
    name: '${abbreviations.storageAccount}${resourceToken}'
    location: location
    sku: storageSku
    deploymentContainer: deploymentContainer
    tags: tags
  }
}

module storageAccess 'modules/storage-access.bicep' = {
  scope: group
  name: 'storage-access'
  params: {
    principalId: identity.outputs.principalId
    storageName: storage.outputs.name
  }
}

module webPubSub 'modules/web-pubsub.bicep' = {
  scope: group
  name: 'web-pubsub'
  params: {
    names: webPubSubNames
    location: empty(webPubSubLocation) ? location : webPubSubLocation
    sku: webPubSubSku
    units: webPubSubUnits
    tags: tags
  }
}

module communication 'modules/communication.bicep' = if (makesAcs) {
  scope: group
  name: 'communication'
  params: {
    name: acsName
    dataLocation: empty(acsDataLocation) ? 'United States' : acsDataLocation
    accessKeys: acsAccessKeys
    tags: tags
  }
}

module communicationLookup 'modules/communication-lookup.bicep' = {
  scope: group
  name: 'communication-lookup'
  params: {
    name: acsName
    group: acsResourceGroup
  }
  dependsOn: [communication]
}

// A role needs minutes until it counts everywhere, so where ACS is ours it is given here and not only with
// event-routing.bicep.
module communicationAccess 'modules/communication-access.bicep' = if (makesAcs) {
  scope: group
  name: 'communication-access'
  params: {
    name: acsName
    principalId: identity.outputs.principalId
  }
  dependsOn: [communication]
}

module speech 'modules/speech.bicep' = {
  scope: group
  name: 'speech'
  params: {
    name: '${abbreviations.aiServices}${resourceToken}'
    location: empty(aiServicesLocation) ? location : aiServicesLocation
    acsPrincipalId: communicationLookup.outputs.principalId
    tags: tags
  }
}

module events 'modules/events.bicep' = {
  scope: group
  name: 'events'
  params: {
    topicName: '${abbreviations.eventGridTopic}${resourceToken}'
    location: location
    tags: tags
  }
}

module access 'modules/access.bicep' = {
  scope: group
  name: 'access'
  params: {
    principalId: identity.outputs.principalId
    webPubSubNames: webPubSubNames
    topicName: events.outputs.topicName
    applicationInsightsName: monitoring.outputs.applicationInsightsName
  }
  dependsOn: [webPubSub]
}

module functionApp 'modules/function-app.bicep' = {
  scope: group
  name: 'function-app'
  params: {
    name: functionAppName
    planName: '${abbreviations.flexPlan}${resourceToken}'
    location: location
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    applicationInsightsName: monitoring.outputs.applicationInsightsName
    storageName: storage.outputs.name
    deploymentContainer: deploymentContainer
    instanceMemoryMB: instanceMemoryMB
    maximumInstances: maximumInstances
    alwaysReadyInstances: alwaysReadyInstances
    httpConcurrency: httpConcurrency
    allowedOrigins: empty(allowedOrigins) ? [] : split(replace(allowedOrigins, ' ', ''), ',')
    settings: {
      ACS_ENDPOINT: communicationLookup.outputs.endpoint
      ACS_RESOURCE_ID: communicationLookup.outputs.immutableResourceId
      ANSWER_RULES: string(answerRules)
      AZURE_CLIENT_ID: identity.outputs.clientId
      AZURE_TENANT_ID: subscription().tenantId
      CAPTIONS_ACCESS_MINUTES: string(captionsAccessMinutes)
      COGNITIVE_SERVICES_ENDPOINT: speech.outputs.endpoint
      ENTRA_AUTHORITY: environment().authentication.loginEndpoint
      BANDWIDTH_ACCOUNT_ID: bandwidthAccountId
      BANDWIDTH_APPLICATION_ID: bandwidthApplicationId
      BANDWIDTH_CLIENT_ID: bandwidthClientId
      BANDWIDTH_CLIENT_SECRET: bandwidthClientSecret
      BANDWIDTH_WEBHOOK_PASSWORD: bandwidthWebhookPassword
      BANDWIDTH_WEBHOOK_USER: bandwidthWebhookUser
      ENTRA_CLIENT_ID: entraClientId
      ENTRA_TENANT_ID: entraTenantId
      EVENT_TOPIC_ENDPOINT: events.outputs.topicEndpoint
      INTERIM_INTERVAL_MS: string(interimIntervalMs)
      LONGEST_SESSION_HOURS: string(longestSessionHours)
      PUBLIC_URL: publicUrl
      RETENTION_DAYS: string(retentionDays)
      RETENTION_SCHEDULE: retentionSchedule
      SWEEP_SCHEDULE: sweepSchedule
      TABLES_ENDPOINT: storage.outputs.tablesEndpoint
      WEB_PUBSUB_AUDIENCE: audience
      WEB_PUBSUB_DRAINING: join(skip(webPubSub.outputs.hosts, max(1, webPubSubCount - webPubSubDraining)), ',')
      WEB_PUBSUB_ENDPOINT: join(map(webPubSub.outputs.hosts, host => 'https://${host}'), ',')
      WEB_PUBSUB_IDENTITY: join(webPubSub.outputs.principalIds, ',')
    }
    tags: union(tags, { 'azd-service-name': 'api' })
  }
  dependsOn: [access, storageAccess]
}

module workbook 'modules/workbook.bicep' = {
  scope: group
  name: 'workbook'
  params: {
    applicationInsightsId: monitoring.outputs.applicationInsightsId
    location: location
    tags: tags
  }
}

module alerts 'modules/alerts.bicep' = if (!empty(alertEmail)) {
  scope: group
  name: 'alerts'
  params: {
    actionGroupName: '${abbreviations.actionGroup}${resourceToken}'
    applicationInsightsId: monitoring.outputs.applicationInsightsId
    location: location
    email: alertEmail
    tags: tags
  }
}

output AZURE_LOCATION string = location
output AZURE_RESOURCE_GROUP string = group.name
output AZURE_TENANT_ID string = subscription().tenantId
output ACS_ENDPOINT string = communicationLookup.outputs.endpoint
output ACS_NAME string = acsName
output ACS_RESOURCE_GROUP string = acsResourceGroup
output EVENT_TOPIC_NAME string = events.outputs.topicName
output SERVICE_API_IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId
output SERVICE_API_NAME string = functionApp.outputs.name
output SERVICE_API_URI string = functionApp.outputs.uri
output WEB_PUBSUB_AUDIENCE string = audience
output WEB_PUBSUB_NAMES string = join(webPubSubNames, ',')
