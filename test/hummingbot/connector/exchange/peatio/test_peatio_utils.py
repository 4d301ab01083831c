"""What `connect peatio` asks and answers, and that a broken setting never keeps Hummingbot from starting."""

import importlib
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hummingbot.client.config.config_helpers import ClientConfigAdapter, ConfigValidationError
from hummingbot.client.settings import AllConnectorSettings
from hummingbot.connector.exchange.peatio import config, peatio_utils
from hummingbot.connector.exchange.peatio.peatio_utils import DEFAULT_FEES, PeatioConfigMap
from hummingbot.data_feed.candles_feed.candles_factory import CandlesFactory
from pydantic import SecretStr, ValidationError

DOMAIN, KEY, SECRET = "peatio_exchange_domain", "peatio_api_key", "peatio_secret_key"


@pytest.fixture
def answers() -> ClientConfigAdapter:
    """An empty questionnaire, as `connect peatio` begins with it."""
    return ClientConfigAdapter(PeatioConfigMap.model_construct())


@pytest.fixture
def reimported() -> Iterator[None]:
    """Undoes what a test changed in the module's import: the very objects that Hummingbot holds are there again."""
    before = dict(vars(peatio_utils))
    yield
    vars(peatio_utils).clear()
    vars(peatio_utils).update(before)


def test_hummingbot_reads_what_it_needs() -> None:
    assert peatio_utils.CENTRALIZED is True
    assert peatio_utils.EXAMPLE_PAIR == "BTC-USD"
    assert isinstance(peatio_utils.KEYS, PeatioConfigMap)


def test_the_default_fees_are_peatios_and_taken_from_what_is_received() -> None:
    assert DEFAULT_FEES.maker_percent_fee_decimal == DEFAULT_FEES.taker_percent_fee_decimal == Decimal("0.002")
    assert DEFAULT_FEES.buy_percent_fee_deducted_from_returns is True


def test_hummingbot_lists_the_connector_with_its_questions() -> None:
    setting = AllConnectorSettings.get_connector_settings()["peatio"]

    assert setting.example_pair == "BTC-USD"
    assert setting.centralised
    assert setting.trade_fee_schema == DEFAULT_FEES
    assert isinstance(AllConnectorSettings.get_connector_config_keys("peatio"), PeatioConfigMap)
    assert (setting.module_name(), setting.class_name()) == ("peatio_exchange", "PeatioExchange")


@pytest.mark.usefixtures("reimported")
def test_a_hummingbot_with_other_candles_starts_without_ours(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delattr(CandlesFactory, "_candles_map")
    importlib.reload(peatio_utils)
    assert "Candles of Peatio exchanges are not available: AttributeError" in caplog.text
    assert peatio_utils.KEYS is not None


def test_three_things_are_asked_in_their_order(answers: ClientConfigAdapter) -> None:
    asked = [item.attr for item in answers.traverse() if item.client_field_data.is_connect_key]

    assert asked == [DOMAIN, KEY, SECRET]
    assert all(answers.get_client_data(name).prompt_on_new for name in asked)
    assert [answers.is_secure(name) for name in asked] == [False, True, True]


async def test_the_first_question_tells_the_default_exchange(answers: ClientConfigAdapter) -> None:
    assert await answers.get_client_prompt(DOMAIN) == f"Enter the exchange's domain or URL ({config.exchange_domain})"
    assert answers.get_default_str_repr(DOMAIN) == ""


async def test_the_next_questions_show_the_url_of_the_exchange(answers: ClientConfigAdapter) -> None:
    setattr(answers, DOMAIN, "Exchange.Example")

    assert await answers.get_client_prompt(KEY) == "Enter your API key for https://exchange.example"
    assert await answers.get_client_prompt(SECRET) == "Enter your API secret for https://exchange.example"


async def test_an_empty_answer_is_the_default_exchange(answers: ClientConfigAdapter) -> None:
    setattr(answers, DOMAIN, "")

    assert answers.peatio_exchange_domain == config.parse_domain("").site
    assert await answers.get_client_prompt(KEY) == f"Enter your API key for {config.parse_domain('').site}"


async def test_no_exchange_is_named_before_one_was_chosen(answers: ClientConfigAdapter) -> None:
    """`hbot connect` asks all questions before it takes the first answer."""
    assert await answers.get_client_prompt(KEY) == "Enter your API key for the exchange"


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ("exchange.example", "https://exchange.example"),
        ("127.0.0.1:3000", "http://127.0.0.1:3000"),
        (" http://exchange.example/ ", "http://exchange.example"),
    ],
)
def test_the_answer_is_kept_as_a_url(answers: ClientConfigAdapter, answer: str, kept: str) -> None:
    setattr(answers, DOMAIN, answer)

    assert answers.peatio_exchange_domain == kept
    setattr(answers, DOMAIN, kept)
    assert answers.peatio_exchange_domain == kept


@pytest.mark.parametrize("answer", ["not a host", "ftp://exchange.example", "https://exchange.example/api"])
def test_nonsense_is_told_at_the_prompt(answers: ClientConfigAdapter, answer: str) -> None:
    setattr(answers, DOMAIN, "exchange.example")

    with pytest.raises(ConfigValidationError) as raised:
        setattr(answers, DOMAIN, answer)

    text = str(raised.value)
    assert f"'{answer}' is not an exchange's address" in text
    assert "Write a host" in text
    assert answers.peatio_exchange_domain == "https://exchange.example"


@pytest.mark.parametrize("domain", [{}, {DOMAIN: None}, {DOMAIN: ""}])
def test_a_saved_answer_without_a_domain_is_read(domain: dict[str, str | None]) -> None:
    loaded = PeatioConfigMap.model_validate({"connector": "peatio", **domain, KEY: "k", SECRET: "s"})

    assert config.parse_domain(loaded.peatio_exchange_domain).site == config.parse_domain("").site


def test_key_and_secret_are_needed_and_never_shown(answers: ClientConfigAdapter) -> None:
    with pytest.raises(ValidationError, match="Field required"):
        PeatioConfigMap.model_validate({DOMAIN: "exchange.example", KEY: "61d025b8573501c2"})

    setattr(answers, DOMAIN, "exchange.example")
    setattr(answers, KEY, "61d025b8573501c2")
    setattr(answers, SECRET, "2d0b4979c7fe6986")

    assert answers.peatio_secret_key == SecretStr("2d0b4979c7fe6986")
    shown = repr(answers) + str(answers.hb_config) + "".join(item.printable_value for item in answers.traverse())
    assert "exchange.example" in shown
    assert "61d025b8573501c2" not in shown
    assert "2d0b4979c7fe6986" not in shown


def test_the_refusal_of_a_domain_shows_no_secrets(answers: ClientConfigAdapter) -> None:
    setattr(answers, SECRET, "2d0b4979c7fe6986")

    with pytest.raises(ConfigValidationError) as raised:
        setattr(answers, DOMAIN, "not a host")

    assert "2d0b4979c7fe6986" not in str(raised.value)


@pytest.mark.usefixtures("reimported")
@pytest.mark.parametrize("broken", ["not a host", "", "https://exchange.example/api/v2/peatio", "ftp://x"])
async def test_a_default_that_cannot_be_used_shows_at_the_prompt_only(
    broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Importing succeeds, so Hummingbot starts; a domain of one's own works; only the empty answer is refused."""
    monkeypatch.setattr(config, "exchange_domain", broken)
    module = importlib.reload(peatio_utils)
    answers = ClientConfigAdapter(module.PeatioConfigMap.model_construct())

    assert await answers.get_client_prompt(DOMAIN) == f"Enter the exchange's domain or URL ({broken})"
    assert await answers.get_client_prompt(KEY) == "Enter your API key for the exchange"
    with pytest.raises(ConfigValidationError, match="is not an exchange's address"):
        setattr(answers, DOMAIN, "")
    setattr(answers, DOMAIN, "exchange.example")
    assert answers.peatio_exchange_domain == "https://exchange.example"


@pytest.mark.parametrize("around", ["{} ", " {}", "\t{}\r\n", "\n{}\n\n", "\u00a0{}\u200b", "\ufeff{}", "{}\x00"])
def test_what_was_copied_around_a_key_is_cut_off(answers: ClientConfigAdapter, around: str) -> None:
    setattr(answers, KEY, around.format("61d025b8573501c2"))
    setattr(answers, SECRET, SecretStr(around.format("2d0b4979c7fe6986")))

    assert answers.peatio_api_key == SecretStr("61d025b8573501c2")
    assert answers.peatio_secret_key == SecretStr("2d0b4979c7fe6986")
