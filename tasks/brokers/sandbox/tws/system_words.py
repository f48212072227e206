"""What TWS says of itself to everybody, by number: its line to IB, and the farms that its data come from."""

from collections.abc import Mapping
from types import MappingProxyType

FARM_BROKEN = 2103
SYSTEM_WORDS: Mapping[int, str] = MappingProxyType(
    {
        1100: "Connectivity between IB and Trader Workstation has been lost.",
        1101: "Connectivity between IB and Trader Workstation has been restored - data lost.",
        1102: "Connectivity between IB and Trader Workstation has been restored - data maintained.",
        FARM_BROKEN: "Market data farm connection is broken:usfarm",
        2104: "Market data farm connection is OK:usfarm",
        2105: "HMDS data farm connection is broken:ushmds",
        2106: "HMDS data farm connection is OK:ushmds",
        2107: "HMDS data farm connection is inactive but should be available upon demand.ushmds",
        2108: "Market data farm connection is inactive but should be available upon demand.usfarm",
    }
)
