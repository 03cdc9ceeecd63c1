"""Configuration: frozen models of ``channels/*.yaml`` and ``webtv.yaml``, and errors worth reading."""

from webtv.config.channel import ChannelConfig
from webtv.config.engines import EngineChains
from webtv.config.load import load_channel, load_channels, load_station
from webtv.config.schedule import Schedule
from webtv.config.services import OpenAIConfig, SpaceConfig
from webtv.config.station import HttpAddress, LogConfig, StationConfig
from webtv.config.streaming import SERVICES, Service
from webtv.config.target import Target

__all__ = [
    "SERVICES",
    "ChannelConfig",
    "EngineChains",
    "HttpAddress",
    "LogConfig",
    "OpenAIConfig",
    "Schedule",
    "Service",
    "SpaceConfig",
    "StationConfig",
    "Target",
    "load_channel",
    "load_channels",
    "load_station",
]
