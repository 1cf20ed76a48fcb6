"""Examples: what the local cloud was sent, and what it answered."""

from typing import Any

ID = "01M7Y72E7FWQKJV6FYMCBBQBV5"
GROUP = "2f4c0b1e-5d0a-4c55-9c0e-8d1a7f3b6e21"
CONNECTION = "7bb33237-8f0c-4c39-94e7-2a1b0c5d6e7f"
ADA = "8:acs:ada"

STARTS: dict[str, dict[str, Any]] = {
    "group": {
        "call": {"groupCallId": GROUP},
        "locale": "en-US",
        "speakers": {ADA: "Ada Lovelace"},
        "tag": "weekly",
    },
    "room": {"call": {"roomId": "99199690362660524"}, "locale": "de-DE"},
    "serverCall": {"call": {"serverCallId": "aHR0cHM6Ly9hcGkuZmxpZ2h0cHJveHkuc2t5cGUuY29tL2FwaS92Mi9jcC8x"}},
    "phone": {
        "call": {"to": ["+15551230000"], "from": "+15559870000"},
        "interimResults": False,
        "startAt": "setup",
    },
}

CONNECTING: dict[str, Any] = {
    "id": ID,
    "revision": 2,
    "state": "connecting",
    "desired": "transcribing",
    "call": {"groupCallId": GROUP},
    "locale": "en-US",
    "interimResults": True,
    "startAt": "connected",
    "createdAt": "2026-11-21T04:50:41.007Z",
    "attempt": 1,
    "speakers": {ADA: "Ada Lovelace"},
    "callConnectionId": CONNECTION,
    "correlationId": "74d476b8-2b1f-4b5e-8a35-96f0a1c2d3e4",
    "tag": "weekly",
}
ACTIVE = CONNECTING | {
    "revision": 7,
    "state": "active",
    "serverCallId": "aHR0cHM6Ly9hcGkuZmxpZ2h0cHJveHkuc2t5cGUuY29tL2FwaS92Mi9jcC8x",
    "connectedAt": "2026-11-21T04:50:42.187Z",
    "startedAt": "2026-11-21T04:50:42.834Z",
}
STARTING = ACTIVE | {"revision": 9, "state": "starting", "locale": "de-DE"}
STOPPING = ACTIVE | {"revision": 9, "state": "stopping", "desired": "stopped"}
STOPPED = STOPPING | {
    "revision": 12,
    "state": "stopped",
    "endedAt": "2026-11-21T04:51:08.575Z",
    "duration": "PT25.741S",
    "cause": "closed",
}

JOURNAL = {
    "events": [
        {
            "at": "2026-11-21T04:50:42.834Z",
            "event": "transcription-started",
            "source": f"calling/callConnections/{CONNECTION}",
            "detail": {"callConnectionId": CONNECTION},
            "revision": 7,
            "state": "active",
        }
    ]
}

SEGMENT_ID = "0000002321-7a6a077aea04bb79"
TRANSCRIPT: dict[str, Any] = {
    "session": ACTIVE,
    "segments": [
        {
            "segmentId": SEGMENT_ID,
            "stream": "kd8PCAO6UL4AVLUoZ3pZRg.1",
            "seq": 1,
            "speaker": {"id": ADA, "name": "Ada Lovelace"},
            "text": "Good morning everybody",
            "offsetMs": 2321,
            "durationMs": 1500,
            "receivedAt": "2026-11-21T04:50:45.035Z",
            "locale": "en-US",
            "confidence": 0.895357688299029,
            "words": [{"text": "good", "offsetMs": 2321, "durationMs": 326}],
        },
        {"offsetMs": 6621, "durationMs": 16413, "gap": True},
    ],
    "next": "MDFNN1k3MkU3RldRS0pWNkZZTUNCQlFCVjUvMDAwMDAwMjMyMS03YTZhMDc3YWVhMDRiYjc5",
}
LINE = {key: value for key, value in TRANSCRIPT["segments"][0].items() if key != "words"}
HITS = {
    "session": ACTIVE,
    "hits": [{"segment": LINE, "parts": ["Good ", "morning", " everybody"]}],
}
TEXTS = {
    "text/vtt": f"""WEBVTT

{SEGMENT_ID}
00:00:02.321 --> 00:00:03.821
<v Ada Lovelace>Good morning everybody

NOTE Nothing could be heard from 00:00:06.621 to 00:00:23.034

""",
    "application/x-subrip": """1
00:00:02,321 --> 00:00:03,821
Ada Lovelace: Good morning everybody

2
00:00:06,621 --> 00:00:23,034
[nothing could be heard]

""",
    "text/plain": """weekly
from 2026-11-21 04:50:41 UTC
Language: en-US
State: active

[00:00:02] Ada Lovelace: Good morning everybody

[00:00:06 to 00:00:23: nothing could be heard]

""",
    "text/markdown": """# weekly

- from 2026-11-21 04:50:41 UTC
- Language: en-US
- State: active

## 00:00:02 Ada Lovelace

Good morning everybody

*Nothing could be heard from 00:00:06 to 00:00:23.*

""",
}
"""The same transcript in the other formats."""

CAPTIONS_ACCESS = {
    "url": "wss://example.webpubsub.azure.com/client/hubs/captions?access_token=eyJhbGciOiJIUzI1NiJ9",
    "group": f"session-{ID}",
    "readToken": "1795240249.8564cdec1f6b2a90",
    "expiresAt": "2026-11-21T05:50:49.000Z",
}

CALLBACKS = [
    {
        "id": "c9a1b2d3-0e4f-4a5b-8c6d-7e8f90a1b2c3",
        "source": f"calling/callConnections/{CONNECTION}",
        "type": "Microsoft.Communication.TranscriptionStarted",
        "data": {"callConnectionId": CONNECTION},
    }
]
BANDWIDTH_STARTED = {
    "eventType": "realTimeTranscriptionStarted",
    "eventTime": "2026-11-21T04:51:59.171Z",
    "callId": "c-95ac8d6e-1a31c52e-b38f-4198-93c1-51633ec68f8d",
    "direction": "outbound",
    "from": "+15559870000",
    "to": "+15551230000",
    "realTimeTranscription": {"name": "01M7Y72E7FWQKJV6FYMCBBQBV5-1"},
}
BANDWIDTH_INITIATE = {
    "eventType": "initiate",
    "eventTime": "2026-11-21T04:51:58.171Z",
    "callId": "c-95ac8d6e-1a31c52e-b38f-4198-93c1-51633ec68f8d",
    "direction": "inbound",
    "from": "+15551230000",
    "to": "+15559870000",
}
INCOMING_CALL = {
    "id": "e80026e7-e298-46ba-bc48-dab0eda92581",
    "source": "/subscriptions/…/providers/Microsoft.Communication/CommunicationServices/calls",
    "type": "Microsoft.Communication.IncomingCall",
    "specversion": "1.0",
    "time": "2026-11-21T04:50:40.1234567Z",
    "data": {
        "to": {"rawId": "4:+15559870000"},
        "from": {"rawId": "4:+15551230000"},
        "serverCallId": "aHR0cHM6Ly9hcGkuZmxpZ2h0cHJveHkuc2t5cGUuY29tL2FwaS92Mi9jcC8x",
        "incomingCallContext": "eyJhbGciOiJub25lIn0",
    },
}
VALIDATION = [
    {
        "id": "2d1781af-3a4c-4d7c-bd0c-e34b19da4e66",
        "topic": "/subscriptions/…",
        "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
        "eventTime": "2026-11-21T04:50:40.1234567Z",
        "data": {"validationCode": "512d38b6-c7b8-40c8-89fe-f46f9e9622b6"},
    }
]

ENTRA = {
    "kind": "entra",
    "authority": "https://login.microsoftonline.com",
    "tenantId": "72f988bf-86f1-41af-91ab-2d7cd011db47",
    "clientId": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "scope": "0f8fad5b-d9cb-469f-a165-70867728950e/.default",
}
