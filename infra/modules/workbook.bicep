// One page in the portal for whoever runs Verbatim.
param applicationInsightsId string
param location string
param tags object

var title = 'Verbatim'
var parts = [
  {
    title: 'What calls failed with, by code'
    query: loadTextContent('../queries/failures-by-code.kql')
    visualization: 'timechart'
  }
  {
    title: 'Frames and captions'
    query: loadTextContent('../queries/frames.kql')
    visualization: 'timechart'
  }
  {
    title: 'How long captions took, in ms'
    query: loadTextContent('../queries/caption-times.kql')
    visualization: 'table'
  }
  {
    title: 'Frames that were answered 5xx'
    query: loadTextContent('../queries/frames-answered-5xx.kql')
    visualization: 'timechart'
  }
  {
    title: 'Who was answered 503, and why'
    query: loadTextContent('../queries/answered-503.kql')
    visualization: 'table'
  }
  {
    title: 'People talk, no caption is stored'
    query: loadTextContent('../queries/frames-without-captions.kql')
    visualization: 'table'
  }
  {
    title: 'Sessions of which no words come'
    query: loadTextContent('../queries/sessions-without-words.kql')
    visualization: 'table'
  }
  {
    title: 'Sessions that do not go on'
    query: loadTextContent('../queries/sessions-stuck.kql')
    visualization: 'table'
  }
  {
    title: 'Functions that failed'
    query: loadTextContent('../queries/failed-functions.kql')
    visualization: 'timechart'
  }
]

// Form of the content: https://learn.microsoft.com/azure/azure-monitor/visualize/workbooks-automate
var content = {
  version: 'Notebook/1.0'
  items: concat(
    [
      {
        type: 9
        name: 'period'
        content: {
          version: 'KqlParameterItem/1.0'
          style: 'pills'
          parameters: [
            {
              id: guid(applicationInsightsId, 'period')
              version: 'KqlParameterItem/1.0'
              name: 'period'
              label: 'Period'
              type: 4
              isRequired: true
              value: { durationMs: 86400000 }
              typeSettings: {
                selectableValues: map([3600000, 14400000, 86400000, 604800000], duration => { durationMs: duration })
                allowCustom: true
              }
            }
          ]
        }
      }
    ],
    map(parts, part => {
      type: 3
      name: part.title
      content: {
        version: 'KqlItem/1.0'
        title: part.title
        query: part.query
        size: 0
        queryType: 0
        resourceType: 'microsoft.insights/components'
        timeContextFromParameter: 'period'
        visualization: part.visualization
      }
    })
  )
  fallbackResourceIds: [applicationInsightsId]
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, title)
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    category: 'workbook'
    displayName: title
    serializedData: string(content)
    sourceId: applicationInsightsId
    version: '1.0'
  }
}
