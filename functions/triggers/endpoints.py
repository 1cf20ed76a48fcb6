"""Every endpoint of the app."""

from functions.triggers import (
    bandwidth,
    call_events,
    captions,
    contract,
    event_grid,
    sessions,
    site,
    transcript_stream,
    transcripts,
)

ALL = (
    *sessions.ENDPOINTS,
    *transcripts.ENDPOINTS,
    *captions.ENDPOINTS,
    *call_events.ENDPOINTS,
    *bandwidth.ENDPOINTS,
    *event_grid.ENDPOINTS,
    *transcript_stream.ENDPOINTS,
    *contract.ENDPOINTS,
    *site.ENDPOINTS,
)
