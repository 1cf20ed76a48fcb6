// Whom to tell, and of what. Each rule counts the rows that its query finds.
param actionGroupName string
param applicationInsightsId string
param location string
param email string
param tags object

var rules = [
  {
    name: 'verbatim-failed-functions'
    description: 'A function raised an error that it does not know: a bug, or a missing permission. Look at the exceptions in Application Insights.'
    query: loadTextContent('../queries/failed-functions.kql')
    severity: 2
  }
  {
    name: 'verbatim-frames-answered-5xx'
    description: 'Frames are refused; after four tries Web PubSub drops the socket and words are lost. Look at /api/health/details and at the storage account.'
    query: loadTextContent('../queries/frames-answered-5xx.kql')
    severity: 1
  }
  {
    name: 'verbatim-frames-without-captions'
    description: 'People talk in a transcribed call, and no caption of it is stored. Look at the journal of its session: GET /api/sessions/{id}/events.'
    query: loadTextContent('../queries/frames-without-captions.kql')
    severity: 1
  }
  {
    name: 'verbatim-sessions-without-words'
    description: 'ACS says that it transcribes, people are in the call, and no words come. Look at the session, its locale and its journal: GET /api/sessions/{id}/events; and whether Web PubSub delivers: refused events are in the log.'
    query: loadTextContent('../queries/sessions-without-words.kql')
    severity: 1
  }
  {
    name: 'verbatim-failures-by-code'
    description: 'Calls fail with a code of ACS. The sessions say what to do about it: GET /api/sessions/{id}, error.remedy.'
    query: loadTextContent('../queries/failures-by-code.kql')
    severity: 3
  }
  {
    name: 'verbatim-sessions-stuck'
    description: 'Due work of sessions fails or waits, so they do not go on. Look at the journal: GET /api/sessions/{id}/events.'
    query: loadTextContent('../queries/sessions-stuck.kql')
    severity: 2
  }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'verbatim'
    emailReceivers: [
      {
        name: 'email'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: rule.name
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: rule.name
      description: rule.description
      enabled: true
      severity: rule.severity
      scopes: [applicationInsightsId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: true
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: { actionGroups: [people.id] }
    }
  }
]
