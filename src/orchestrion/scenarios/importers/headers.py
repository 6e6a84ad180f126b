"""Headers of tables that people made: which column means what, in French and English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence


def plain(header: str) -> str:
    """A header as it may be compared: letters and digits only.

    >>> plain("N° commande"), plain("Code postal"), plain("unit_price"), plain("Prix unitaire (TTC)")
    ('ncommande', 'codepostal', 'unitprice', 'prixunitairettc')
    """
    bare = unicodedata.normalize("NFKD", header.replace("°", " ").replace("œ", "oe"))
    bare = "".join(c for c in bare if not unicodedata.combining(c)).casefold()
    return re.sub(r"[^a-z0-9]+", "", bare)


# nobody's "name" is taken for that of a product: it may well be the customer's
ORDER_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "order": (
        "order", "orderid", "ordernumber", "orderno", "ordernr", "commande", "ncommande", "numerocommande",
        "nocommande",
        "numcommande", "numerodecommande",
        "idcommande", "commandeid", "referencecommande", "refcommande", "invoice",
        "invoiceno", "invoicenumber", "facture", "nfacture", "numerofacture", "incrementid", "basketid",
        "transactionid",
    ),
    "t": (
        "t", "orderdate", "datecommande", "datedecommande", "createdat", "datecreation", "datedecreation", "orderedat",
        "placedat", "purchasedate", "invoicedate", "datefacture", "datetime", "timestamp", "horodatage", "dateheure",
        "transactiontimestamp", "date",
    ),
    "sku": (
        "sku", "codesku", "skuid", "codearticle", "refarticle", "referencearticle", "articleref", "articleid",
        "reference",
        "ref", "article", "codeproduit", "refproduit", "referenceproduit", "productid", "productcode", "product",
        "produit",
        "itemid", "itemsku", "itemcode", "stockcode", "ean", "ean13", "gencod", "gtin", "upc",
    ),
    "quantity": (
        "quantity", "qty", "qte", "quantite", "quantitecommandee", "qtyordered", "orderedquantity", "units", "unites",
        "nbunites",
    ),
    "price": (
        "price", "unitprice", "unitpriceinclvat", "prixttc", "prixunitairettc", "puttc", "pvttc", "prixunitaire",
        "prixdevente", "prixvente", "prix", "pu", "saleprice", "prixht", "prixunitaireht", "puht",
    ),
    "label": (
        "label", "libelle", "libellearticle", "libelleproduit", "designation", "description", "productname",
        "producttitle", "itemname", "nomarticle", "nomproduit",
    ),
    "option": (
        "option", "shippingmethod", "deliverymethod", "modelivraison", "modedelivraison", "livraison", "mode",
        "transport",
        "transporteur", "deliverymode",
    ),
    "channel": ("channel", "canal", "canaldevente", "saleschannel", "canalvente"),
    "customer": (
        "customer", "customerid", "customernumber", "client", "clientid", "nclient", "idclient", "codeclient",
        "numeroclient", "numclient", "customeremail", "email", "householdid",
    ),
    "status": ("status", "orderstatus", "statut", "etat", "etatcommande", "statutcommande", "state"),
    "country": ("country", "pays", "shippingcountry", "payslivraison", "countrycode", "codepays", "deliverycountry"),
    "postcode": (
        "postcode", "codepostal", "cp", "zip", "zipcode", "postalcode", "cplivraison", "codepostallivraison",
        "shippingzip", "shippingpostcode", "deliverypostcode",
    ),
    "city": ("city", "ville", "commune", "town", "villelivraison", "shippingcity", "localite", "deliverycity"),
    "commune": ("insee", "codeinsee", "codecommune", "inseecode"),
    "lat": ("lat", "latitude"),
    "lon": ("lon", "lng", "long", "longitude"),
    "mass_g": ("massg", "weightg", "poidsg", "poidsgrammes", "grams"),
    "volume_cm3": ("volumecm3",),
}  # fmt: skip
# usual words for fulfilment options and channels; the first that fits
OPTION_WORDS: Mapping[str, str] = {
    "*retrait*point*": "pickup_point", "*point*": "pickup_point", "*relais*": "pickup_point",
    "*consigne*": "pickup_point", "*locker*": "pickup_point",
    "*retrait*": "collect", "*click*collect*": "collect", "*pickup*": "collect", "*pick up*": "collect",
    "*magasin*": "collect", "*boutique*": "collect", "drive": "collect",
    "*express*": "home_j1", "*24h*": "home_j1", "*24 h*": "home_j1", "*chronopost*": "home_j1", "j+1": "home_j1",
    "*next day*": "home_j1", "*lendemain*": "home_j1",
    "*domicile*": "home_standard", "*home*": "home_standard", "*standard*": "home_standard",
    "*colissimo*": "home_standard", "*livraison*": "home_standard", "*shipping*": "home_standard",
}  # fmt: skip
CHANNEL_WORDS: Mapping[str, str] = {
    "*site*": "web", "*web*": "web", "*internet*": "web", "*en ligne*": "web", "online*": "web", "*desktop*": "web",
    "*appli*": "app", "*mobile*": "app", "*ios*": "app", "*iphone*": "app", "*android*": "app",
    "*marketplace*": "marketplace", "*place de march*": "marketplace", "*amazon*": "marketplace",
    "*cdiscount*": "marketplace", "*fnac*": "marketplace", "*zalando*": "marketplace",
}  # fmt: skip
NET_PRICES = ("prixht", "prixunitaireht", "puht")


def recognised(header: Sequence[str], known: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """What we call a column -> what the file calls it, for every column that is recognised.

    >>> recognised(["N° commande", "Date", "Réf", "Qté"], ORDER_COLUMNS)
    {'order': 'N° commande', 't': 'Date', 'sku': 'Réf', 'quantity': 'Qté'}
    """
    there: dict[str, str] = {}
    for name in header:
        there.setdefault(plain(name), name)
    found = {}
    for key, names in known.items():
        match = next((there[one] for one in names if one in there), None)
        if match is not None:
            found[key] = match
    return found
