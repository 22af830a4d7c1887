"""Sentences: what else than field errors a visitor may read, by its code, in English, German and French.

`HERE` are those of our own client, which a page in another language than English tells it. An app writes its own under
the same codes, `App(messages={"nl": {"status_404": "Niet gevonden"}})`.
"""

from collections.abc import Mapping
from typing import Final

__all__ = ["ENGLISH", "FRENCH", "GERMAN", "HERE"]

ENGLISH: Final[Mapping[str, str]] = {
    "status_400": "Bad Request",
    "status_401": "Unauthorized",
    "status_403": "Forbidden",
    "status_404": "Not Found",
    "status_405": "Method Not Allowed",
    "status_408": "Request Timeout",
    "status_409": "Conflict",
    "status_413": "Request Entity Too Large",
    "status_415": "Unsupported Media Type",
    "status_422": "Unprocessable Entity",
    "status_429": "Too Many Requests",
    "status_499": "Called Off",
    "status_500": "Internal Server Error",
    "status_503": "Service Unavailable",
    "status_504": "Gateway Timeout",
    "failed": "Something went wrong",
    "recorded": "The error has been recorded. When you report it, mention {digest}.",
    "nothing_at": "There is nothing at {path}.",
    "nothing_here": "There is nothing here",
    "sign_in": "Sign in to continue",
    "not_allowed": "You may not do this",
    "row_added": "A row was added",
    "row_removed": "A row was taken out",
    "continue": "Continue",
    "unreadable": "What was sent could not be read.",
    "body_too_large": "What was sent is too large.",
    "body_too_slow": "What was sent took too long to arrive.",
    "foreign": "This request did not come from a page of this site.",
    "no_token": "This form is not from a page of yours, or your cookies are gone. Load the page again.",
    "stale": "This page is older than the server. Load it again.",
    "late": (
        "This page was out of date, so nothing has been saved. Please look over what you entered and send it again."
    ),
    "late_listed": (
        "This page was out of date, so nothing has been saved. Load the page again; this is what you entered:"
    ),
    "late_empty": "This page was out of date, so nothing has been saved. Load the page again.",
    "load_again": "Load the page again",
    "too_often": "This was done too often. Wait a little, then try again.",
    "busy": "There is too much to do just now. Try again in a moment.",
    "too_slow": "This took too long",
    "still_going": "This takes too long, and may still be done. Look before you send it again.",
    "uncertain": (
        "The server stopped while this was being done, so it is not certain whether it was. "
        "Look before you send it again."
    ),
    "done": "This was done. What came of it is too large to be told a second time.",
    "called_off": "This was called off",
    "went_wrong": "Something went wrong.",
    "digest": "Digest:",
    "try_again": "Try again",
    "close": "Close",
    "reload": "Reload",
    "unreachable": "The server could not be reached. Check your connection and try again.",
    "refused": "The server refused this with status {status}.",
    "not_anew": "The page could not be shown anew.",
    "worked_not_anew": "This has worked, but the page could not be shown anew. Load it again.",
    "loading_again": "This page was out of date and is being loaded again.",
    "now_current": "This page was out of date. It has been brought up to date: please try again.",
    "entered": "This is what you entered:",
}

HERE: Final = (
    "went_wrong",
    "digest",
    "try_again",
    "close",
    "reload",
    "unreachable",
    "refused",
    "not_anew",
    "worked_not_anew",
    "loading_again",
    "now_current",
    "entered",
)

GERMAN: Final[Mapping[str, str]] = {
    "status_400": "Ungültige Anfrage",
    "status_401": "Anmeldung nötig",
    "status_403": "Nicht erlaubt",
    "status_404": "Nicht gefunden",
    "status_405": "Methode nicht erlaubt",
    "status_408": "Zeit abgelaufen",
    "status_409": "Konflikt",
    "status_413": "Zu groß",
    "status_415": "Format nicht unterstützt",
    "status_422": "Eingabe nicht gültig",
    "status_429": "Zu viele Anfragen",
    "status_499": "Abgebrochen",
    "status_500": "Fehler im Server",
    "status_503": "Zurzeit nicht verfügbar",
    "status_504": "Zeit abgelaufen",
    "failed": "Etwas ist schiefgegangen",
    "recorded": "Der Fehler wurde aufgezeichnet. Wenn Sie ihn melden, nennen Sie bitte {digest}.",
    "nothing_at": "Unter {path} gibt es nichts.",
    "nothing_here": "Hier gibt es nichts",
    "sign_in": "Melden Sie sich an, um fortzufahren",
    "not_allowed": "Das dürfen Sie nicht",
    "row_added": "Eine Zeile kam hinzu",
    "row_removed": "Eine Zeile wurde entfernt",
    "continue": "Weiter",
    "unreadable": "Was gesendet wurde, ist nicht lesbar.",
    "body_too_large": "Was gesendet wurde, ist zu groß.",
    "body_too_slow": "Was gesendet wurde, kam zu langsam an.",
    "foreign": "Diese Anfrage kam nicht von einer Seite dieser Website.",
    "no_token": (
        "Dieses Formular stammt nicht von einer Ihrer Seiten, oder Ihre Cookies sind weg. Laden Sie die Seite neu."
    ),
    "stale": "Diese Seite ist älter als der Server. Laden Sie sie neu.",
    "late": (
        "Diese Seite war veraltet, darum wurde nichts gespeichert. "
        "Bitte prüfen Sie Ihre Eingaben und senden Sie sie noch einmal."
    ),
    "late_listed": (
        "Diese Seite war veraltet, darum wurde nichts gespeichert. Laden Sie die Seite neu; das hatten Sie eingegeben:"
    ),
    "late_empty": "Diese Seite war veraltet, darum wurde nichts gespeichert. Laden Sie die Seite neu.",
    "load_again": "Seite neu laden",
    "too_often": "Das geschah zu oft. Warten Sie ein wenig und versuchen Sie es dann noch einmal.",
    "busy": "Es gibt gerade zu viel zu tun. Versuchen Sie es gleich noch einmal.",
    "too_slow": "Das hat zu lange gedauert",
    "still_going": (
        "Das dauert zu lange und wird vielleicht noch ausgeführt. Sehen Sie nach, bevor Sie es noch einmal senden."
    ),
    "uncertain": (
        "Der Server hielt an, während dies ausgeführt wurde; ob es geschah, ist nicht sicher. "
        "Sehen Sie nach, bevor Sie es noch einmal senden."
    ),
    "done": "Das ist geschehen. Das Ergebnis ist zu groß, um es noch einmal zu senden.",
    "called_off": "Das wurde abgebrochen",
    "went_wrong": "Etwas ist schiefgegangen.",
    "digest": "Kennung:",
    "try_again": "Noch einmal versuchen",
    "close": "Schließen",
    "reload": "Neu laden",
    "unreachable": "Der Server ist nicht erreichbar. Prüfen Sie Ihre Verbindung und versuchen Sie es noch einmal.",
    "refused": "Der Server hat dies mit dem Status {status} abgelehnt.",
    "not_anew": "Die Seite konnte nicht neu gezeigt werden.",
    "worked_not_anew": "Das hat geklappt, aber die Seite konnte nicht neu gezeigt werden. Laden Sie sie neu.",
    "loading_again": "Diese Seite war veraltet und wird neu geladen.",
    "now_current": "Diese Seite war veraltet. Jetzt ist sie es nicht mehr: bitte versuchen Sie es noch einmal.",
    "entered": "Das haben Sie eingegeben:",
}

FRENCH: Final[Mapping[str, str]] = {
    "status_400": "Requête incorrecte",
    "status_401": "Connexion requise",
    "status_403": "Accès refusé",
    "status_404": "Page introuvable",
    "status_405": "Méthode non autorisée",
    "status_408": "Délai dépassé",
    "status_409": "Conflit",
    "status_413": "Trop volumineux",
    "status_415": "Format non pris en charge",
    "status_422": "Saisie non valide",
    "status_429": "Trop de requêtes",
    "status_499": "Annulé",
    "status_500": "Erreur du serveur",
    "status_503": "Service indisponible",
    "status_504": "Délai dépassé",
    "failed": "Une erreur s'est produite",
    "recorded": "L'erreur a été enregistrée. Si vous la signalez, indiquez {digest}.",
    "nothing_at": "Il n'y a rien à l'adresse {path}.",
    "nothing_here": "Il n'y a rien ici",
    "sign_in": "Connectez-vous pour continuer",
    "not_allowed": "Vous ne pouvez pas faire cela",
    "row_added": "Une ligne a été ajoutée",
    "row_removed": "Une ligne a été retirée",
    "continue": "Continuer",
    "unreadable": "Ce qui a été envoyé est illisible.",
    "body_too_large": "Ce qui a été envoyé est trop volumineux.",
    "body_too_slow": "Ce qui a été envoyé a mis trop de temps à arriver.",
    "foreign": "Cette requête ne vient pas d'une page de ce site.",
    "no_token": (
        "Ce formulaire ne vient pas d'une de vos pages, ou vos cookies ont disparu. Chargez la page de nouveau."
    ),
    "stale": "Cette page est plus ancienne que le serveur. Chargez-la de nouveau.",
    "late": (
        "Cette page n'était plus à jour, rien n'a donc été enregistré. Vérifiez votre saisie et envoyez-la de nouveau."
    ),
    "late_listed": (
        "Cette page n'était plus à jour, rien n'a donc été enregistré. "
        "Chargez la page de nouveau ; voici ce que vous aviez saisi :"
    ),
    "late_empty": "Cette page n'était plus à jour, rien n'a donc été enregistré. Chargez la page de nouveau.",
    "load_again": "Charger la page de nouveau",
    "too_often": "Cela a été fait trop souvent. Attendez un peu, puis réessayez.",
    "busy": "Il y a trop à faire en ce moment. Réessayez dans un instant.",
    "too_slow": "Cela a pris trop de temps",
    "still_going": "Cela prend trop de temps et sera peut-être encore fait. Vérifiez avant de l'envoyer de nouveau.",
    "uncertain": (
        "Le serveur s'est arrêté pendant l'opération ; il n'est pas certain qu'elle ait eu lieu. "
        "Vérifiez avant de l'envoyer de nouveau."
    ),
    "done": "C'est fait. Le résultat est trop volumineux pour être envoyé une seconde fois.",
    "called_off": "Cela a été annulé",
    "went_wrong": "Une erreur s'est produite.",
    "digest": "Référence :",
    "try_again": "Réessayer",
    "close": "Fermer",
    "reload": "Recharger",
    "unreachable": "Le serveur est injoignable. Vérifiez votre connexion et réessayez.",
    "refused": "Le serveur a refusé cela avec le statut {status}.",
    "not_anew": "La page n'a pas pu être affichée de nouveau.",
    "worked_not_anew": "Cela a fonctionné, mais la page n'a pas pu être affichée de nouveau. Rechargez-la.",
    "loading_again": "Cette page n'était plus à jour et se recharge.",
    "now_current": "Cette page n'était plus à jour. Elle l'est maintenant : veuillez réessayer.",
    "entered": "Voici ce que vous avez saisi :",
}
