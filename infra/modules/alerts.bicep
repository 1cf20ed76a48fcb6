// Whom to tell, and of what. Each rule counts the rows that its query finds.
param actionGroupName string
param applicationInsightsId string
param location string
param email string
param tags object

var rules = [
  {
    name: 'verbatim-failed-functions'
    description: 'A function raised an error that it does not know: a bug, or a missing permission. Look at exceptions in Application Insights.'
    query: loadTextContent('../queries/failed-functions.kql')
    severity: 2
  }
  {
    name: 'verbatim-frames-unavailable'
    description: 'Frames are answered 503. After four tries Web PubSub closes the socket and words are lost. Look at /api/health/details and at the storage account.'
    query: loadTextContent('../queries/frames-unavailable.kql')
    severity: 1
  }
  {
    name: 'verbatim-frames-dropped'
    description: 'Frames of ACS could not be read; their words are lost. Has ACS changed its format?'
    query: loadTextContent('../queries/frames-dropped.kql')
    severity: 1
  }
  {
    name: 'verbatim-sessions-stuck'
    description: 'Due work of sessions fails again and again, so they do not go on. Look at the journal: GET /api/sessions/{id}/events.'
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
