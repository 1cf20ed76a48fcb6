"""What the local cloud is made of: addresses, secrets, settings, and each process's command. Pure but for chance."""

import base64
import secrets
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .azurite import connection_string
from .child_process import Command, python_command
from .keyless import (
    Keyless,
    call_automation_options,
    event_grid_options,
    keyless_settings,
    web_pubsub_options,
)
from .ports import HOST, free_ports
from .stack_bandwidth import BandwidthPlan, bandwidth_settings
from .stack_entra import EntraPlan, sign_in_settings

EVENT_HANDLER_FUNCTION = "web_pubsub_events"
EVENT_HANDLER_PATH = "/api/callbacks/web-pubsub"
EVENT_RECEIVER_FUNCTION = "receive_event_grid"
EVENT_RECEIVER_PATH = "/api/callbacks/event-grid"
# Only handed on to ACS, which alone would call it.
COGNITIVE_SERVICES_ENDPOINT = "https://local.cognitiveservices.azure.com/"

type FunctionKeys = dict[str, str | dict[str, str] | dict[str, dict[str, str]]]


@dataclass(frozen=True, slots=True)
class WebPubSubPlan:
    """Port and access key of one Web PubSub."""

    port: int
    key: str

    @property
    def url(self) -> str:
        """Where it answers and is steered."""
        return _url(self.port)

    @property
    def connection_string(self) -> str:
        """As Azure shows it."""
        return f"Endpoint={self.url};AccessKey={self.key};Version=1.0;"


@dataclass(frozen=True, slots=True)
class Plan:
    """Ports and secrets of one local cloud.

    `event_handler_key` (Web PubSub's) and `event_receiver_key` (Event Grid's) are None where no keys are enforced,
    `entra` where nobody signs in and everything has keys. `keyless` tells who opens Azure's services where they have
    no access keys; those keys here open nothing then. `bandwidth` is None where its calls are not served.
    """

    functions_port: int
    own_ports: tuple[int, ...]
    web_pubsubs: tuple[WebPubSubPlan, ...]
    call_automation_port: int
    event_grid_port: int
    tables_port: int
    acs_key: str
    acs_resource_id: str
    event_topic_key: str
    master_key: str
    host_key: str
    event_handler_key: str | None
    event_receiver_key: str | None
    entra: EntraPlan | None = None
    keyless: Keyless | None = None
    bandwidth: BandwidthPlan | None = None

    @property
    def functions_url(self) -> str:
        """Where the function hosts answer together."""
        return _url(self.functions_port)

    @property
    def own_urls(self) -> list[str]:
        """Where each function host answers alone."""
        return [_url(port) for port in self.own_ports]

    @property
    def web_pubsub_url(self) -> str:
        """Where the Web PubSub stand-in answers, the first if there are several."""
        return self.web_pubsubs[0].url

    @property
    def web_pubsub_key(self) -> str:
        """The access key of that one."""
        return self.web_pubsubs[0].key

    @property
    def call_automation_url(self) -> str:
        """Where the Call Automation stand-in answers and is steered."""
        return _url(self.call_automation_port)

    @property
    def event_grid_url(self) -> str:
        """Where the Event Grid stand-in answers and is steered."""
        return _url(self.event_grid_port)

    @property
    def event_topic_endpoint(self) -> str:
        """Where the functions publish their own events."""
        return f"{self.event_grid_url}/topics/verbatim/api/events"

    @property
    def tables(self) -> str:
        """Azurite's connection string."""
        return connection_string(self.tables_port, "https" if self.keyless else "http")


def _url(port: int) -> str:
    return f"http://{HOST}:{port}"


def make_plan(  # noqa: PLR0913 - the parts that a cloud may have, each with a default
    hosts: int,
    *,
    keys: bool,
    entra: EntraPlan | None = None,
    keyless: Keyless | None = None,
    bandwidth: bool = False,
    web_pubsubs: int = 1,
) -> Plan:
    """Picks free ports and new secrets for `hosts` function hosts and so many Web PubSubs."""
    functions, call_automation, event_grid, tables, at_bandwidth, *more = free_ports(hosts + web_pubsubs + 5)
    return Plan(
        functions_port=functions,
        own_ports=tuple(more[:hosts]),
        web_pubsubs=tuple(WebPubSubPlan(port, _secret()) for port in more[hosts:]),
        call_automation_port=call_automation,
        event_grid_port=event_grid,
        tables_port=tables,
        acs_key=_secret(),
        acs_resource_id=str(uuid.uuid4()),
        event_topic_key=_secret(),
        master_key=_secret(),
        host_key=_secret(),
        event_handler_key=_secret() if keys else None,
        event_receiver_key=_secret() if keys else None,
        entra=entra,
        keyless=keyless,
        bandwidth=BandwidthPlan(at_bandwidth) if bandwidth else None,
    )


def _secret() -> str:
    # Azure's keys are base64 too; letters and digits alone need no escaping in a query.
    return base64.b64encode(secrets.token_hex(24).encode()).decode()


def function_keys(plan: Plan) -> FunctionKeys | None:
    """The content of the hosts' keys file, or None where no keys are enforced."""
    if plan.event_handler_key is None or plan.event_receiver_key is None:
        return None
    return {
        "masterKey": plan.master_key,
        "functionKeys": {"default": plan.host_key},
        "functions": {
            EVENT_HANDLER_FUNCTION: {"default": plan.event_handler_key},
            EVENT_RECEIVER_FUNCTION: {"default": plan.event_receiver_key},
        },
    }


def app_settings(plan: Plan) -> dict[str, str]:
    """What an app in Azure finds in its application settings."""
    opened = keyless_settings(plan.keyless, plan.tables_port) if plan.keyless else _connections(plan)
    return {
        **sign_in_settings(plan.entra),
        **bandwidth_settings(plan.bandwidth),
        **opened,
        "ACS_RESOURCE_ID": plan.acs_resource_id,
        "ACS_CALLBACK_KEYS_URL": f"{plan.call_automation_url}/calling/keys",
        "COGNITIVE_SERVICES_ENDPOINT": COGNITIVE_SERVICES_ENDPOINT,
        "PUBLIC_URL": plan.functions_url,
    }


def _connections(plan: Plan) -> dict[str, str]:
    return {
        "TABLES_CONNECTION_STRING": plan.tables,
        "WEB_PUBSUB_CONNECTION_STRING": ",".join(each.connection_string for each in plan.web_pubsubs),
        "ACS_CONNECTION_STRING": f"endpoint={plan.call_automation_url}/;accesskey={plan.acs_key}",
        "EVENT_TOPIC_ENDPOINT": plan.event_topic_endpoint,
        "EVENT_TOPIC_KEY": plan.event_topic_key,
    }


def web_pubsub_commands(plan: Plan) -> list[Command]:
    """The Web PubSub stand-ins, which send the events of hub `transcript` to the functions."""
    handler = f"transcript={_callback(plan, EVENT_HANDLER_PATH, plan.event_handler_key)}"
    hubs = ("--hub", "captions", "--hub", "transcript", "--event-handler", handler)
    commands = []
    for number, each in enumerate(plan.web_pubsubs):
        key = ("--access-key", each.key)
        opened = web_pubsub_options(plan.keyless, number) if plan.keyless else key
        name = f"web-pubsub-{number + 1}" if number else "web-pubsub"
        options = ("--port", str(each.port), *opened, *hubs)
        commands.append(python_command(name, "local.web_pubsub", *options))
    return commands


def _callback(plan: Plan, path: str, key: str | None) -> str:
    return f"{plan.functions_url}{path}" + (f"?code={key}" if key else "")


def call_automation_command(plan: Plan) -> Command:
    """The Call Automation stand-in, which tells Event Grid of its calls."""
    opened = call_automation_options(plan.keyless) if plan.keyless else ("--access-key", plan.acs_key)
    options = ("--port", str(plan.call_automation_port), "--resource-id", plan.acs_resource_id)
    inlet = ("--event-grid", f"{plan.event_grid_url}/sim/topics/acs/events")
    trust = plan.keyless.trust if plan.keyless else {}
    return python_command(
        "call-automation", "local.call_automation", *options, *opened, *inlet, settings=trust
    )


def event_grid_command(plan: Plan) -> Command:
    """The Event Grid stand-in, which sends the events of calls to the functions."""
    receiver = f"acs={_callback(plan, EVENT_RECEIVER_PATH, plan.event_receiver_key)}"
    opened = event_grid_options(plan.keyless) if plan.keyless else ("--topic-key", plan.event_topic_key)
    options = ("--port", str(plan.event_grid_port), "--subscribe", receiver)
    return python_command("event-grid", "local.event_grid", *options, *opened)


def host_commands(
    plan: Plan, app_dir: Path, run_dir: Path, settings: Mapping[str, str], cors: Iterable[str] = ()
) -> list[Command]:
    """The function hosts; `settings` win over those of the plan. Pages of the origins in `cors` may call them."""
    shared = (
        "--app-dir",
        str(app_dir),
        "--port",
        str(plan.functions_port),
        "--lock-dir",
        str(run_dir / "locks"),
    )
    keys = ("--keys-file", str(keys_file(run_dir))) if function_keys(plan) else ()
    origins = [f"--cors={origin}" for origin in cors]
    return [
        python_command(
            f"functions-{number}",
            "local.functions_host",
            *(*shared, "--own-port", str(port), *keys, *origins),
            settings={**app_settings(plan), **settings},
        )
        for number, port in enumerate(plan.own_ports, start=1)
    ]


def keys_file(run_dir: Path) -> Path:
    """Where the hosts find their keys."""
    return run_dir / "keys.json"
