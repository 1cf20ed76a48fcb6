// Event Grid: what ACS tells of its calls (a system topic), and what Verbatim tells of its sessions (a custom topic).
param systemTopicName string
param topicName string
param location string
param acsId string
param tags object

resource systemTopic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: systemTopicName
  location: 'global'
  tags: tags
  properties: {
    source: acsId
    topicType: 'Microsoft.Communication.CommunicationServices'
  }
}

resource topic 'Microsoft.EventGrid/topics@2025-02-15' = {
  name: topicName
  location: location
  tags: tags
  properties: {
    disableLocalAuth: true
    inputSchema: 'CloudEventSchemaV1_0'
    minimumTlsVersionAllowed: '1.2'
    publicNetworkAccess: 'Enabled'
  }
}

output systemTopicName string = systemTopic.name
output topicName string = topic.name
output topicEndpoint string = topic.properties.endpoint
