#Requires -Version 7
# Where there is none, azd takes Windows PowerShell 5.1, which lacks what is used below.
# After `azd deploy`: brings Web PubSub's and Event Grid's events to the functions, and says where the page is.
# azd runs it in the project's folder, with the outputs of main.bicep as variables. It may be run again at any time.
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false

function Stop-Hook([string] $message) {
    Write-Error "postdeploy: $message" -ErrorAction Continue
    exit 1
}

function Get-Setting([string] $name, [string] $remedy) {
    $value = [Environment]::GetEnvironmentVariable($name)
    if (-not $value) { Stop-Hook "$name is not set. $remedy" }
    $value
}

$subscription = Get-Setting 'AZURE_SUBSCRIPTION_ID' 'Run this by azd: azd hooks run postdeploy'
$group = Get-Setting 'AZURE_RESOURCE_GROUP' 'Run azd provision first'
$acs = Get-Setting 'ACS_NAME' 'Run azd provision first'
$acsGroup = Get-Setting 'ACS_RESOURCE_GROUP' 'Run azd provision first'
$principal = Get-Setting 'SERVICE_API_IDENTITY_PRINCIPAL_ID' 'Run azd provision first'
$app = Get-Setting 'SERVICE_API_NAME' 'Run azd provision first'
$uri = Get-Setting 'SERVICE_API_URI' 'Run azd provision first'
$audience = Get-Setting 'WEB_PUBSUB_AUDIENCE' 'Run azd provision first'
$webPubSubs = Get-Setting 'WEB_PUBSUB_NAMES' 'Run azd provision first'

if (-not (Get-Command az -ErrorAction SilentlyContinue)) {
    Stop-Hook 'az is not installed. Install it, then run: azd hooks run postdeploy'
}

function Get-HealthStatus {
    try {
        (Invoke-WebRequest -Uri "$uri/api/health" -TimeoutSec 30 -SkipHttpErrorCheck).StatusCode
    } catch {
        '000'
    }
}

# A new role takes up to ten minutes to be known everywhere, and Event Grid wants an answer at once.
function Wait-UntilHealthy {
    foreach ($try in 1..60) {
        $status = Get-HealthStatus
        if ($status -eq 200) { return }
        Start-Sleep -Seconds 10
    }
    Stop-Hook ("$uri/api/health still answers $status after ten minutes (000: no answer, 404: the app did not start, " +
        "its log says why, as a wrong setting, 503: Table Storage cannot be reached). Look at the log stream of $app, " +
        "then run: azd hooks run postdeploy")
}

# A function that was just deployed can be answering before its keys can be listed.
function Set-EventRouting {
    foreach ($pause in 20, 40, 0) {
        az deployment group create `
            --subscription $subscription `
            --resource-group $group `
            --name event-routing `
            --template-file infra/event-routing.bicep `
            --parameters `
            functionAppName=$app `
            functionPrincipalId=$principal `
            webPubSubNames=$webPubSubs `
            webPubSubAudience=$audience `
            acsName=$acs `
            acsResourceGroup=$acsGroup `
            --output none
        if ($LASTEXITCODE -eq 0) { return }
        Start-Sleep -Seconds $pause
    }
    Stop-Hook ('infra/event-routing.bicep could not be deployed; az said why above. Is az signed in (az login)? ' +
        'Then run: azd hooks run postdeploy')
}

Write-Output "Waiting for $uri/api/health"
Wait-UntilHealthy
Write-Output "Routing the events of Web PubSub and Event Grid to $app"
Set-EventRouting
Wait-UntilHealthy
Write-Output "Verbatim is up. The page: $uri/app"
