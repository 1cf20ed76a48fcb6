"""An app with one function that does nothing: what importing and indexing cost at the least."""

import azure.functions as func

app = func.FunctionApp()


@app.route("api/nothing")
async def nothing(req: func.HttpRequest) -> func.HttpResponse:
    """Nothing."""
    return func.HttpResponse(status_code=204)
