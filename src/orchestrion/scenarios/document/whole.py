"""The whole document, and what its sections must agree on."""

from __future__ import annotations

from pydantic import Field, model_validator

from orchestrion.scenarios.document.assortment import Assortment
from orchestrion.scenarios.document.base import Section, param, section
from orchestrion.scenarios.document.carbon import EmissionsDocument
from orchestrion.scenarios.document.coming_back import CollectingDocument, PickupPointsDocument, ReturnsDocument
from orchestrion.scenarios.document.delivery import OptionDocument, ServiceDocument, default_options, default_services
from orchestrion.scenarios.document.demand import Demand
from orchestrion.scenarios.document.desk import PolicyDocument, SourcingDocument
from orchestrion.scenarios.document.money import EconomicsDocument
from orchestrion.scenarios.document.network import Network
from orchestrion.scenarios.document.reactions import Reactions
from orchestrion.scenarios.document.records import RecordsDocument
from orchestrion.scenarios.document.stock import ReplenishmentDocument, Stock
from orchestrion.scenarios.document.supply import SeasonDocument
from orchestrion.scenarios.document.time import Time
from orchestrion.scenarios.document.visibility import Visibility


class ScenarioDocument(Section):
    """A complete world, apart from seed: one YAML file, or a base and named changes to it."""

    title: str = param("", "Name shown")
    time: Time = section(Time, "When the rehearsal takes place")
    network: Network = section(Network, "Where stock is held and who works there")
    assortment: Assortment = section(Assortment, "What is sold")
    demand: Demand = section(Demand, "What customers would ask for")
    reactions: Reactions = section(Reactions, "What people do when they are told no")
    stock: Stock = section(Stock, "How deep the season is bought")
    visibility: Visibility = section(Visibility, "Which stock customers are shown")
    records: RecordsDocument = section(RecordsDocument, "How records part from what is on the shelves")
    replenishment: ReplenishmentDocument = section(ReplenishmentDocument, "How stock gets to the nodes")
    season: SeasonDocument = section(SeasonDocument, "Change of collection")
    options: dict[str, OptionDocument] = Field(default_factory=default_options, description="Fulfilment options")
    services: dict[str, ServiceDocument] = Field(default_factory=default_services, description="Carriers' offers")
    collecting: CollectingDocument = section(CollectingDocument, "How customers fetch click and collect orders")
    pickup_points: PickupPointsDocument = section(PickupPointsDocument, "The carrier's pickup points")
    returns: ReturnsDocument = section(ReturnsDocument, "What customers give back")
    sourcing: SourcingDocument = section(SourcingDocument, "How the sourcing desk works")
    economics: EconomicsDocument = section(EconomicsDocument, "Money that is not carriage")
    emissions: EmissionsDocument = section(EmissionsDocument, "Which CO2e method is active")
    policy: PolicyDocument = section(PolicyDocument, "The document's default sourcing policy")

    @model_validator(mode="after")
    def _names_agree(self) -> ScenarioDocument:
        wrong = []
        known = ", ".join(self.services)
        for key, option in self.options.items():
            for name in ("service", "bulky_service", "two_person_service"):
                service = getattr(option, name)
                if service is not None and service not in self.services:
                    wrong.append(f"options.{key}.{name}: no service {service!r}; known: {known}")
        for key, share in self.demand.online.options.items():
            if key not in self.options:
                wrong.append(f"demand.online.options: no option {key!r}; known: {', '.join(self.options)}")
            elif share > 0 and not self.options[key].on:
                wrong.append(f"demand.online.options: {key!r} is not offered; write options.{key}.on as true")
        for channel, wanted in self.demand.online.channel_options.items():
            for key in wanted:
                if key not in self.options or not self.options[key].on:
                    offered = ", ".join(name for name, option in self.options.items() if option.on)
                    wrong.append(f"demand.online.channel_options.{channel}: no option {key!r}; known: {offered}")
        for key, node in self.network.nodes.items():
            for carrier in node.collections:
                if carrier not in self.services:
                    wrong.append(f"network.nodes.{key}.collections.{carrier}: no service {carrier!r}; known: {known}")
        for key, offer in self.services.items():
            if offer.kind in ("parcel", "pickup") and offer.rate_card is None:
                wrong.append(f"services.{key}.rate_card: a parcel service needs a tariff")
            if offer.kind == "courier" and offer.courier_table is None:
                wrong.append(f"services.{key}.courier_table: a courier needs a law of cost and time")
            if offer.zones_table is not None and offer.rate_card is None:
                wrong.append(f"services.{key}.zones_table: zones go with a rate card")
        if self.returns.on and self.returns.service not in self.services:
            wrong.append(f"returns.service: no service {self.returns.service!r}; known: {known}")
        elif self.returns.on and self.services[self.returns.service].rate_card is None:
            wrong.append(f"returns.service: {self.returns.service!r} has no tariff; choose a parcel service")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self
