"""The hash of what happened."""

from simulation.events import EventLog


def log_of(folder: str, text: str) -> EventLog:
    log = EventLog(is_kept=True)
    log.folder = folder
    log.note(1.0, "bot", text)
    return log


def test_the_name_of_the_world_s_folder_is_no_part_of_it() -> None:
    """It has the number of the process, and a finding may name a file in it."""
    logs = [log_of(f"/dev/shm/world-{number}-x", f"see /dev/shm/world-{number}-x/bot/journal") for number in (17, 218)]
    assert logs[0].hash() == logs[1].hash()
    assert logs[0].hash() != log_of("/dev/shm/world-17-x", "see /dev/shm/world-17-x/bot/other").hash()
    assert logs[0].kept is not None
    assert [event.text for event in logs[0].kept] == ["see the world's folder/bot/journal"]
