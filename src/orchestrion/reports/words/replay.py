"""Words of the day replayed on the map."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "nav_replay": ("A day", "Une journée"),
    "replay_title": (
        "One day’s shipments, from decision to door",
        "Les expéditions d’un jour, de la décision à la porte",
    ),
    "replay_lead": (
        "The shipments decided on {day} (replication {replication}), the busiest day of the baseline. Move the clock "
        "or let it run: squares and circles are nodes with what waits there, dots are parcels under way.",
        "Les expéditions décidées le {day} (réplication {replication}), le jour le plus chargé de la référence. "
        "Déplacez l’horloge ou laissez-la courir : carrés et ronds sont les nœuds avec ce qui y attend, les points "
        "sont les colis en route.",
    ),
    "replay_choose": ("Replay", "Rejouer"),
    "replay_clock": ("Clock", "Horloge"),
    "replay_play": ("Play", "Lancer"),
    "replay_pause": ("Pause", "Pause"),
    "replay_alt": (
        "Map of one day: parcels waiting at nodes, under way and received, at the moment of the clock",
        "Carte d’une journée : colis en attente aux nœuds, en route et reçus, à l’instant de l’horloge",
    ),
    "replay_says": (
        "{when}: {sourced} decided, {waiting} waiting at nodes, {road} under way, {received} received.",
        "{when} : {sourced} décidées, {waiting} en attente aux nœuds, {road} en route, {received} reçues.",
    ),
    "replay_moment": ("Moment", "Instant"),
    "replay_sourced": ("Decided", "Décidées"),
    "replay_waiting": ("Waiting at nodes", "En attente aux nœuds"),
    "replay_road": ("Under way", "En route"),
    "replay_received": ("Received", "Reçues"),
    "replay_store": ("parcel from a store", "colis d’un magasin"),
    "replay_warehouse": ("parcel from a warehouse", "colis d’un entrepôt"),
    "replay_there": ("received", "reçu"),
}
