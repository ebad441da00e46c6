"""The words that names of tables and columns are made of, in English, and in German, Spanish, French and Polish."""

from __future__ import annotations

# Abbreviations, other forms and other languages: `word=ours`, with + between several of ours.
_FORMS = """
amt=amount qty=quantity num=number nr=number no=number nbr=number cust=customer acct=account org=organization
organisation=organization prod=product inv=invoice txn=transaction tx=transaction trx=transaction ts=time dt=date
datetime=time timestamp=time curr=currency ccy=currency desc=description msg=message addr=address tel=phone
mobile=phone zipcode=zip postcode=zip lineitem=line+item canceled=cancelled cancelation=cancelled
cancellation=cancelled cancel=cancelled refunded=refund sess=session opps=opportunity opp=opportunity
oppty=opportunity subs=subscription sub=subscription cogs=cost rev=revenue disc=discount ship=shipping
shipment=shipping vat=tax gst=tax taxes=tax uid=user+id userid=user+id guid=uuid pk=id sk=id evt=event ev=event
req=request resp=response ms=milliseconds msec=milliseconds millis=milliseconds sec=seconds secs=seconds
mins=minutes hrs=hours pct=percent pence=cents cent=cents fulfilment=fulfillment people=person persons=person
lat=latitude lng=longitude lon=longitude dob=birth+date birthday=birth+date firstname=first+name lastname=last+name
surname=last+name fullname=full+name username=user+name createdat=created+at ctime=created create=created mtime=updated
add=added upd=updated impr=impression imprs=impression
creation=created modified=updated lastmodified=updated purchased=purchase buy=purchase bought=purchase ordered=order
invoiced=invoice billed=invoice bill=invoice payback=refund isdeleted=is+deleted closedate=close+date
stagename=stage+name iswon=is+won isclosed=is+closed reopen=reopened
reopens=reopened reopening=reopened escalation=escalated breach=breached usr=user cd=code dur=duration api=api
freight=shipping initial=first nm=name seg=segment rgn=region
"""
_GERMAN = """
bestellung=order bestellungen=order bestell=order auftrag=order auftraege=order auftrags=order kunde=customer
kunden=customer kundin=customer rechnung=invoice rechnungen=invoice rechnungs=invoice betrag=amount gesamt=total
gesamtbetrag=total gesamtsumme=total summe=total umsatz=revenue umsaetze=revenue preis=price einzelpreis=unit+price
stueckpreis=unit+price menge=quantity anzahl=quantity stueck=quantity datum=date zeit=time zeitpunkt=time
erstellt=created angelegt=created geaendert=updated zahlung=payment zahlungen=payment zahlungs=payment bezahlt=paid
rabatt=discount steuer=tax mwst=tax ust=tax versand=shipping versandkosten=shipping waehrung=currency
artikel=product produkt=product produkte=product nummer=number gekuendigt=cancelled kuendigung=cancelled
kuendigungs=cancelled storniert=cancelled storno=cancelled erstattung=refund erstattungen=refund erstattet=refund
land=country vorname=first+name nachname=last+name telefon=phone strasse=street plz=zip stadt=city ort=city
kategorie=category warengruppe=category kanal=channel quelle=source netto=net brutto=gross beginn=started
start=started ende=ended abo=subscription abos=subscription abonnement=subscription abonnements=subscription
vertrag=contract vertraege=contract tarif=plan monatlich=monthly monat=month position=item positionen=item
bestellposition=order+item bestellpositionen=order+item zeile=line wert=value kosten=cost ausgaben=spend
geloescht=deleted benutzer=user nutzer=user anfrage=request anfragen=request antwort=response prioritaet=priority
geloest=resolved geschlossen=closed eroeffnet=opened faellig=due werbung=marketing klicks=click lieferung=shipping
anruf=call anrufe=call dauer=duration wartezeit=wait+time angenommen=answered
mitarbeiter=agent ereignis=event ereignisse=event
"""
_SPANISH = """
pedido=order pedidos=order cliente=customer clientes=customer factura=invoice facturas=invoice importe=amount
monto=amount precio=price cantidad=quantity unidades=quantity fecha=date creado=created creacion=created
pago=payment pagos=payment pagado=paid descuento=discount impuesto=tax impuestos=tax iva=tax envio=shipping
moneda=currency divisa=currency estado=status producto=product productos=product numero=number cancelado=cancelled
cancelada=cancelled reembolso=refund reembolsos=refund pais=country nombre=name telefono=phone direccion=address
ciudad=city categoria=category canal=channel venta=sale ventas=sale usuario=user usuarios=user correo=email
compra=purchase compras=purchase suscripcion=subscription suscripciones=subscription linea=line lineas=line
llamada=call llamadas=call duracion=duration espera=wait abandonada=abandoned atendida=answered agente=agent
gasto=spend gastos=spend coste=cost costo=cost
"""
_FRENCH = """
commande=order commandes=order client=customer clients=customer facture=invoice factures=invoice montant=amount
prix=price quantite=quantity statut=status devise=currency paiement=payment paiements=payment remise=discount
appel=call appels=call duree=duration attente=wait abandonne=abandoned decroche=answered cout=cost resolu=resolved
taxe=tax tva=tax pays=country utilisateur=user utilisateurs=user ventes=sale cree=created abonnes=subscription
"""
_POLISH = """
zamowienie=order zamowienia=order klient=customer klienci=customer faktura=invoice faktury=invoice kwota=amount
cena=price ilosc=quantity waluta=currency platnosc=payment platnosci=payment rabat=discount podatek=tax wysylka=shipping
uzytkownik=user uzytkownicy=user polaczenie=call polaczenia=call rozmowa=call rozmowy=call oczekiwania=wait
porzucone=abandoned odebrane=answered produkt=product kraj=country miasto=city utworzono=created zwrot=refund
"""

# What amounts and lengths are counted in: they stay in the plural, which tells `minutes` spent from a `minute` of time.
COUNTED = ("cents", "seconds", "milliseconds", "minutes", "hours", "days", "points", "bytes")

# What another word means, as one or more of ours.
MEANS: dict[str, str] = {
    word: ours.replace("+", " ")
    for text in (_FORMS, _GERMAN, _SPANISH, _FRENCH, _POLISH)
    for word, _, ours in (pair.partition("=") for pair in text.split())
}

# Our own words: what a name without any mark between its words is cut into.
_OURS = """
abandoned account acquired action active activity ad adjusted admin affiliate age agent agreement amount annual
app application arr article assigned assignee at author attribution balance bank base basket billing birth
board body bot brand browser budget bundle buyer campaign cancelled card cart case category cents channel charge check
checkout churned city claim click clicks close closed code color comment comments commission company complete completed
confirmed contact content contract conversion conversions converted cost count country coupon created credit
currency current customer date day days dead deal deleted delivered delivery department description device
discount disputed distinct domain donation due duration elapsed email employee end ended entry environment error
event events expense expired expires external failed fee fees file finished first fixed flag forecast fraud free
fulfilled fulfillment full fully gateway gender grand gross group guest host hour hours id impression
impressions incident industry inserted internal interval invoice ip is issue issued item items key kind label
language last latency latitude lead level line link list live livemode locale location login longitude loss lost
manager margin marketing medium member membership merchant message messages metadata method milliseconds minor
minute minutes mode model month monthly mrr name net new note notes number object occurred of offer old on open
opened operating operation opportunity option order organization original os outcome owner page paid parent
partner password path patient payment payout percent period permalink person phone picked plan platform points
post price pricing priority probability processed product profile profit project promo properties provider
purchase quantity query quote quoted rank rate rating reason received record ref reference referer referrer
refund refunded region registered renewal reply reported request requester reservation resolved response result
retail returned revenue review role route row salary sale sales satisfaction score seat seats second seconds
segment seller sent sequence server service session settled severity shipped shipping shop signed signup site
size sku solved source spend stage start started state status step stock store street subject submitted
subscription subtotal success sum supplier support survey system tag tags target tax team tenant term test text
ticket tier time times tip title token total traffic transaction trial type uncaptured unique unit units up
updated url usage used user utm uuid value variant vendor version view visit visitor void volume voucher
warehouse web website week width won workspace year zip zone zoned
"""
WORDS: frozenset[str] = frozenset(_OURS.split())
