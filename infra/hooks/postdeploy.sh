#!/bin/sh
# After `azd deploy`: brings Web PubSub's and Event Grid's events to the functions, and says where the page is.
# azd runs it in the project's folder, with the outputs of main.bicep as variables. It may be run again at any time.
set -eu

: "${AZURE_SUBSCRIPTION_ID:?is not set. Run this by azd: azd hooks run postdeploy}"
: "${ACS_NAME:?is not set. Run azd provision first}"
: "${ACS_RESOURCE_GROUP:?is not set. Run azd provision first}"
: "${AZURE_RESOURCE_GROUP:?is not set. Run azd provision first}"
: "${SERVICE_API_IDENTITY_PRINCIPAL_ID:?is not set. Run azd provision first}"
: "${SERVICE_API_NAME:?is not set. Run azd provision first}"
: "${SERVICE_API_URI:?is not set. Run azd provision first}"
: "${WEB_PUBSUB_AUDIENCE:?is not set. Run azd provision first}"
: "${WEB_PUBSUB_NAMES:?is not set. Run azd provision first}"

fail() {
    echo "postdeploy: $*" >&2
    exit 1
}

for tool in az curl; do
    command -v "$tool" >/dev/null || fail "$tool is not installed. Install it, then run: azd hooks run postdeploy"
done

health_status() {
    curl --silent --output /dev/null --max-time 30 --write-out '%{http_code}' "$SERVICE_API_URI/api/health" || true
}

# A new role takes up to ten minutes to be known everywhere, and Event Grid wants an answer at once.
wait_until_healthy() {
    tries=60
    while [ "$tries" -gt 0 ]; do
        status=$(health_status)
        [ "$status" != 200 ] || return 0
        tries=$((tries - 1))
        sleep 10
    done
    fail "$SERVICE_API_URI/api/health still answers $status after ten minutes (000: no answer, 404: the app did not start," \
        "its log says why, as a wrong setting, 503: Table Storage cannot be reached). Look at the log stream of" \
        "$SERVICE_API_NAME, then run: azd hooks run postdeploy"
}

route_events() {
    az deployment group create \
        --subscription "$AZURE_SUBSCRIPTION_ID" \
        --resource-group "$AZURE_RESOURCE_GROUP" \
        --name event-routing \
        --template-file infra/event-routing.bicep \
        --parameters \
        functionAppName="$SERVICE_API_NAME" \
        functionPrincipalId="$SERVICE_API_IDENTITY_PRINCIPAL_ID" \
        webPubSubNames="$WEB_PUBSUB_NAMES" \
        webPubSubAudience="$WEB_PUBSUB_AUDIENCE" \
        acsName="$ACS_NAME" \
        acsResourceGroup="$ACS_RESOURCE_GROUP" \
        --output none
}

# A function that was just deployed can be answering before its keys can be listed.
route_events_patiently() {
    for pause in 20 40 0; do
        ! route_events || return 0
        sleep "$pause"
    done
    fail "infra/event-routing.bicep could not be deployed; az said why above. Is az signed in (az login)?" \
        "Then run: azd hooks run postdeploy"
}

echo "Waiting for $SERVICE_API_URI/api/health"
wait_until_healthy
echo "Routing the events of Web PubSub and Event Grid to $SERVICE_API_NAME"
route_events_patiently
wait_until_healthy
echo "Verbatim is up. The page: $SERVICE_API_URI/app"
