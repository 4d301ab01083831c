"""One process of the mirror, as Hummingbot runs it: two connectors, recorder, clock, the V2 runner of an instance."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hummingbot import set_data_path  # type: ignore[attr-defined]
from hummingbot.client.hummingbot_application import HummingbotApplication
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.rate_oracle.rate_oracle import RateOracle

from peatio_cli.demo.bot_runner import NoRates
from peatio_cli.strategies.v2_with_controllers import V2WithControllers, V2WithControllersConfig
from peatio_liquidity.controller import PeatioLiquidity
from peatio_liquidity.plugin import PeatioLiquidityConfig
from simulation.bot import CANCEL_ALL_S, STATUS_INTERVAL_S, TICK_S, BotLife
from simulation.mirror.plan import CONTROLLER, SOURCE_CONNECTOR
from test.chaos.host import CONFIG_FILE, Application, start_recorder
from test.chaos.reporter import Reporter
from test.chaos.reports import Intended, Phase, type_of

#: How often the process itself looks whether its quotes may stay.
LOOK_S = 0.1


class _Application(Application):
    """What the V2 runner needs besides: no broker."""

    _mqtt = None


class _RunnerConfig(V2WithControllersConfig):
    """Of the runner, with the controller's configuration at hand instead of in `conf/controllers/`."""

    settings: dict[str, Any] = {}

    def load_controller_configs(self) -> list[Any]:
        return [PeatioLiquidityConfig(**self.settings)]


@dataclass
class MirrorLife(BotLife):
    """The life of both accounts; it belongs to the one that quotes.

    :ivar hedging: what the account on the outer exchange sees of it
    :ivar settings: of the controller
    :ivar on_look: gets this life each `LOOK_S` in which its process runs, once its controller does
    """

    hedging: BotLife = None  # type: ignore[assignment]
    settings: Mapping[str, Any] = None  # type: ignore[assignment]
    on_look: Callable[["MirrorLife"], None] = lambda life: None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.controller: PeatioLiquidity | None = None
        #: Client order ids of quotes whose cancel this process asked for.
        self.cancels_asked: set[str] = set()
        hedging = self.hedging
        hedging.finish, hedging.wind_up, hedging.end = self.finish, self.wind_up, self.end
        hedging.phases, hedging.disk = self.phases, self.disk

    def leave(self) -> None:
        self.hedging.is_leaving = True
        super().leave()

    def kill(self, is_machine: bool) -> None:
        self.hedging.was_killed = True
        super().kill(is_machine)

    async def _run(self) -> None:
        plan = self.plan
        set_data_path(str(plan.folder))
        HummingbotApplication._main_app = _Application()
        RateOracle.get_instance().source = NoRates()
        connectors = {"peatio": self._connector(self, "peatio"), SOURCE_CONNECTOR: self._connector(
            self.hedging, SOURCE_CONNECTOR
        )}
        self._recorder = start_recorder(plan.folder, *connectors.values())
        for life in (self, self.hedging):
            assert life.connector is not None
            life.reporter = Reporter(life.connector, life)
            announce_intents(life.connector, life)
            self._note_cancels(life.connector)
            life.write(Phase(name="started"))
        with Clock(ClockMode.REALTIME, TICK_S) as clock:
            for connector in connectors.values():
                clock.add_iterator(connector)
            ticking = asyncio.create_task(clock.run(), name="clock")
            config = _RunnerConfig(settings=dict(self.settings))
            strategy = V2WithControllers(dict(connectors), config)
            self.controller = strategy.controllers[CONTROLLER]
            # The order of Hummingbot's own start (core/trading_core.py).
            clock.add_iterator(strategy)
            if plan.restores_state:
                for connector in connectors.values():
                    self._recorder.restore_market_states(CONFIG_FILE, connector)
            looking = asyncio.create_task(self._look(), name="look at the quotes")
            await self.finish.wait()
            looking.cancel()
            await strategy.on_stop()
            await asyncio.sleep(TICK_S)  # Hummingbot's loop of the controller ends with its next turn
            clock.remove_iterator(strategy)
            if self.is_leaving:
                for connector in connectors.values():
                    await connector.cancel_all(CANCEL_ALL_S)
            else:
                self.write(Phase(name="idle"))
            while not self.end.is_set():
                for life in (self, self.hedging):
                    assert life.connector is not None
                    assert life.reporter is not None
                    if self.wind_up.is_set() and life.connector.in_flight_orders:
                        await life.connector.cancel_all(CANCEL_ALL_S)
                    life.reporter.status()
                await asyncio.sleep(STATUS_INTERVAL_S)
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)
            # The order of Hummingbot's own stop (core/trading_core.py): the recorder leaves in the step of the stop.
            for connector in connectors.values():
                connector.stop(clock)
                clock.remove_iterator(connector)
            self._recorder.stop()
        for connector in connectors.values():
            await connector.stop_network()
        # Hummingbot ends with its process; here another life may follow in this one.
        self.controller.close()
        if not self.is_leaving:
            self.write(Phase(name="stopped"))

    @staticmethod
    def _connector(life: BotLife, name: str) -> PeatioExchange:
        plan = life.plan
        life.connector = PeatioExchange(
            plan.api_key,
            plan.secret,
            plan.url if name == "peatio" else "",
            trading_pairs=list(plan.script.pairs),
            settings=plan.settings,
            domain=name,
        )
        RateOracle.get_instance().register_connector(life.connector)
        return life.connector

    def _note_cancels(self, connector: PeatioExchange) -> None:
        cancel = connector.batch_order_cancel

        def noted(orders: Any) -> None:
            self.cancels_asked.update(order.client_order_id for order in orders)
            cancel(orders)

        methods: dict[str, Any] = {"batch_order_cancel": noted}
        replace_methods(connector, methods)

    async def _look(self) -> None:
        are_ready = set[str]()
        while True:
            for life in (self, self.hedging):
                assert life.connector is not None
                if life.connector.name not in are_ready and life.connector.ready:
                    are_ready.add(life.connector.name)
                    life.write(Phase(name="ready"))
            self.on_look(self)
            await asyncio.sleep(LOOK_S)


def announce_intents(connector: PeatioExchange, life: BotLife) -> None:
    """From now on each order that a strategy asks for is written down, in the step in which it is."""
    create, buy, sell = connector.batch_order_create, connector.buy, connector.sell

    def intended(client_order_id: str, pair: str, side: Any, kind: Any, amount: Any, price: Any) -> None:
        order_type = type_of(kind)
        life.write(
            Intended(
                client_order_id=client_order_id,
                pair=pair,
                side=side,
                order_type=order_type,
                amount=amount,
                price=None if order_type == "market" else price,
            )
        )

    def created(orders: Any, kind: Any) -> Any:
        made = create(orders, kind)
        for one in made:
            side = "buy" if one.is_buy else "sell"
            intended(one.client_order_id, one.trading_pair, side, kind, one.quantity, one.price)
        return made

    def placing(place: Any, side: str) -> Any:
        def placed(pair: str, amount: Any, kind: Any, price: Any, **options: Any) -> str:
            client_order_id: str = place(pair, amount, kind, price, **options)
            intended(client_order_id, pair, side, kind, amount, price)
            return client_order_id

        return placed

    methods: dict[str, Any] = {
        "batch_order_create": created, "buy": placing(buy, "buy"), "sell": placing(sell, "sell")
    }
    replace_methods(connector, methods)


def replace_methods(connector: PeatioExchange, methods: Mapping[str, Any]) -> None:
    """On this one object; its code is the real one and does not know of it."""
    for name, method in methods.items():
        setattr(connector, name, method)
