"""A seeded grammar of English sentences with their French: as many pairs as one asks for, none of them twice.

`pairs(part, count, taken)` makes the pairs of one part. Some combinations of noun and adjective are held out for the
test, some names too, so that the test asks for what was never seen. Every sentence has one translation.
"""

import random
import re
import zlib

# English, French, gender, then an irregular plural in English and in French where there is one.
NOUNS = {
    "person": """sailor marin m|captain capitaine m|baker boulangère f|nurse infirmière f|doctor médecin m|neighbor voisin m
        |child enfant m children|girl fille f|boy garçon m|woman femme f women|man homme m men|friend ami m|cook cuisinier m
        |farmer fermière f|mayor maire f|aunt tante f|uncle oncle m|student étudiante f|driver conducteur m|passenger passager m
        |fisherman pêcheur m fishermen|actress actrice f|queen reine f|king roi m|journalist journaliste m|lawyer avocate f
        |painter peintre m|worker ouvrière f|visitor visiteur m|singer chanteuse f|teacher professeure f|guard gardien m""",
    "animal": """dog chien m|cat chat m|horse cheval m|bird oiseau m|cow vache f|gull mouette f|fox renard m foxes|bee abeille f
        |goat chèvre f|whale baleine f|seal phoque m|rabbit lapin m|mouse souris f mice souris|donkey âne m""",
    "vehicle": """ferry ferry m ferries ferrys|boat bateau m|train train m|plane avion m|bus bus m buses bus|car voiture f
        |truck camion m|bicycle vélo m|ship navire m|taxi taxi m|sailboat voilier m|tractor tracteur m|ambulance ambulance f""",
    "thing": """letter lettre f|book livre m|key clé f|lamp lampe f|chair chaise f|table table f|door porte f|window fenêtre f
        |rope corde f|net filet m|box boîte f boxes|map carte f|coat manteau m|hat chapeau m|bottle bouteille f|engine moteur m
        |clock horloge f|painting tableau m|ticket billet m|suitcase valise f|umbrella parapluie m|knife couteau m knives
        |basket panier m|flag drapeau m|anchor ancre f|ring bague f|newspaper journal m|photo photo f|phone téléphone m
        |computer ordinateur m|bag sac m|gift cadeau m|shoe chaussure f|violin violon m|mirror miroir m|sail voile f
        |lantern lanterne f|table table f|ladder échelle f|bell cloche f|watch montre f watches|file fichier m|message message m""",
    "food": """bread pain m|soup soupe f|fish poisson m fish|apple pomme f|cake gâteau m|cheese fromage m|orange orange f
        |egg œuf m|salad salade f|pie tarte f|coffee café m|pear poire f|onion oignon m|sandwich sandwich m sandwiches""",
    "place": """harbor port m|station gare f|market marché m|church église f churches|school école f|hospital hôpital m
        |bridge pont m|island île f|beach plage f beaches|garden jardin m|kitchen cuisine f|street rue f|house maison f
        |hotel hôtel m|museum musée m|library bibliothèque f|office bureau m|village village m|river rivière f
        |lighthouse phare m|shop boutique f|castle château m|forest forêt f|farm ferme f|field champ m|mountain montagne f
        |cellar cave f|bakery boulangerie f|square place f|restaurant restaurant m|port town ville portuaire f""",
}
# English, masculine, feminine, B(efore) or A(fter) the noun, the kinds it goes with (a letter each), the form before a vowel.
ADJECTIVES = """big grand grande B *|small petit petite B *|old vieux vieille B * vieil|new nouveau nouvelle B vtpl nouvel
    |beautiful beau belle B * bel|good bon bonne B pf|young jeune jeune B pa|long long longue B tl|red rouge rouge A vtf
    |green vert verte A vtfl|blue bleu bleue A vt|black noir noire A avt|white blanc blanche A avtl|gray gris grise A avt
    |heavy lourd lourde A tv|broken cassé cassée A tv|empty vide vide A vtl|clean propre propre A vtlf|dirty sale sale A *
    |tired fatigué fatiguée A pa|happy heureux heureuse A pa|sad triste triste A pa|brave courageux courageuse A pa
    |rich riche riche A p|strange étrange étrange A *|quiet tranquille tranquille A pal|expensive cher chère A vtf
    |wooden en_bois en_bois A tvl|yellow jaune jaune A vtf|wet mouillé mouillée A pavt|warm chaud chaude A fl
    |cold froid froide A fl|sweet sucré sucrée A f|fresh frais fraîche A f|dangerous dangereux dangereuse A avl
    |fast rapide rapide A v|slow lent lente A v|Italian italien italienne A pvtf|sick malade malade A pa
    |lazy paresseux paresseuse A pa|clever intelligent intelligente A pa|modern moderne moderne A vtl
    |famous célèbre célèbre A ptl|crowded bondé bondée A vl|lost perdu perdue A pat|noisy bruyant bruyante A pavl"""
SHORT = {"big": "bigger", "sad": "sadder"} | {
    word: word + "er" for word in "small old young new long clean rich quiet warm cold sweet fresh slow fast".split()
}
SHORT |= {"brave": "braver", "strange": "stranger"}
NO_DEGREE = "good wooden broken lost Italian red green blue black white gray yellow empty sick".split()
KINDS = {
    "p": "person",
    "a": "animal",
    "v": "vehicle",
    "t": "thing",
    "f": "food",
    "l": "place",
}
# English base; past, participle and -ing where irregular; who does it; what it is done to (- for no object); French.
VERBS = """repair réparer p vt|close closing fermer p t|paint peindre* p vtl|wash laver p avtf|buy bought acheter p avtfl|sell sold vendre* p avtfl
    |find found trouver pa patf|lose lost perdre* p at|watch regarder pa pavt|carry carried porter pa tf|hide hid hidden hiding cacher p tf
    |open ouvrir* p t|clean nettoyer p vtl|break broke broken breaking casser pa t|eat ate eaten manger pa f|draw drew drawn dessiner p *
    |take took taken taking prendre* p tf|leave left leaving quitter pv l|visit visiter p pl|cross traverser pav l|call appeler p p
    |follow suivre* pav pav|push pousser p vt|choose chose chosen choosing choisir* p vtfl|describe describing décrire* p pavtl
    |bring brought apporter p tf|forget forgot forgotten forgetting oublier p tf|steal stole stolen voler pa tf|burn brûler p t
    |photograph photographier p pavtl|wait_for attendre* pa pv|look_for chercher pa pat|read read lire* p T|write wrote written writing écrire* p T
    |save saving sauver p pa|drive drove driven driving conduire* p V|wake woke woken waking réveiller pa pa|sleep slept dormir* pa -
    |leave left leaving partir* pv -|arrive arriving arriver+ pv -|work travailler p -|wait attendre* pav -|sing sang sung chanter p -
    |swim swam swum swimming nager pa -|fall fell fallen tomber+ pat -|dance dancing danser p -|cry cried pleurer p -|walk marcher pa -
    |run ran run running courir* pa -|shout crier p -|stay rester+ p -|disappear disparaître* pavt -|play jouer pa -|float flotter vt -
    |sink sank sunk couler v -|laugh rire* p -|dream rêver pa -|return revenir* pav -|see saw seen voir* pa *|hear heard entendre* pa pav
    |know knew known connaître* p pl|love loving aimer p *"""
STATIVE = {"see", "hear", "know", "love"}
# je, il, nous, vous, ils; participle; stem of the future; stem of the imperfect; a + where the auxiliary is être.
IRREGULAR = {
    "peindre": "peins peint peignons peignez peignent peint peindr peign",
    "ouvrir": "ouvre ouvre ouvrons ouvrez ouvrent ouvert ouvrir ouvr",
    "prendre": "prends prend prenons prenez prennent pris prendr pren",
    "suivre": "suis suit suivons suivez suivent suivi suivr suiv",
    "décrire": "décris décrit décrivons décrivez décrivent décrit décrir décriv",
    "écrire": "écris écrit écrivons écrivez écrivent écrit écrir écriv",
    "lire": "lis lit lisons lisez lisent lu lir lis",
    "conduire": "conduis conduit conduisons conduisez conduisent conduit conduir conduis",
    "dormir": "dors dort dormons dormez dorment dormi dormir dorm",
    "partir": "pars part partons partez partent parti partir part +",
    "courir": "cours court courons courez courent couru courr cour",
    "disparaître": "disparais disparaît disparaissons disparaissez disparaissent disparu disparaîtr disparaiss",
    "rire": "ris rit rions riez rient ri rir ri",
    "revenir": "reviens revient revenons revenez reviennent revenu reviendr reven +",
    "voir": "vois voit voyons voyez voient vu verr voy",
    "connaître": "connais connaît connaissons connaissez connaissent connu connaîtr connaiss",
    "choisir": "choisis choisit choisissons choisissez choisissent choisi choisir choisiss",
    "vendre": "vends vend vendons vendez vendent vendu vendr vend",
    "perdre": "perds perd perdons perdez perdent perdu perdr perd",
    "attendre": "attends attend attendons attendez attendent attendu attendr attend",
    "entendre": "entends entend entendons entendez entendent entendu entendr entend",
    "avoir": "ai a avons avez ont eu aur av",
    "être": "suis est sommes êtes sont été ser ét",
    "aller": "vais va allons allez vont allé ir all",
    "pouvoir": "peux peut pouvons pouvez peuvent pu pourr pouv",
    "devoir": "dois doit devons devez doivent dû devr dev",
    "vouloir": "veux veut voulons voulez veulent voulu voudr voul",
}
GIVE = "give gave given giving donner|show showed shown montrer|lend lent lent prêter|sell sold vendre*|bring brought apporter"
WOMEN = "Maria Aisha Nkechi Ingrid Clara Yuki Fatima Olga Rosa Leila Hanna Marta Priya Sofia Elena Nora Amina Greta Lucy Zofia Carmen Dalia Miriam Petra"
MEN = "Omar Diego Piotr Kofi Hassan Marco Ivan Kenji Tariq Bruno Felix Anton Mateo Sami Nikolai Emil Rafael Yusuf Oscar Viktor Hugo Ravi Tomas Karim"
UNSEEN = "Brandvold Okonkwo Tamsin Xiulan Bogdana Ondrej Ljubica Thandiwe Marguerite Zbigniew Kwabena Siobhan Dagfinn Ruthanne Ezekiel Wojtek"
PRONOUNS = [
    ("I", "je", 0),
    ("he", "il", 1),
    ("she", "elle", 1),
    ("we", "nous", 2),
    ("you", "vous", 3),
    ("they", "ils", 4),
]
OBJECTS = [("me", "me", ""), ("him", "le", ""), ("her", "la", "e"), ("them", "les", "s"), ("us", "nous", "s")]
PLACES = [("in", "dans"), ("near", "près de"), ("behind", "derrière"), ("in front of", "devant")]
DAYS = dict(
    zip(
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
        "lundi mardi mercredi jeudi vendredi samedi dimanche".split(),
    )
)
TIMES = {
    "any": "at noon=à midi|at midnight=à minuit|before noon=avant midi|after the storm=après la tempête|during the night=pendant la nuit",
    "present": "every day=tous les jours|every morning=chaque matin|every evening=chaque soir|every summer=chaque été|today=aujourd’hui",
    "past": "yesterday=hier|last week=la semaine dernière|last night=la nuit dernière|last year=l’année dernière|two days ago=il y a deux jours|yesterday morning=hier matin",
    "future": "tomorrow=demain|next week=la semaine prochaine|tomorrow morning=demain matin|in two days=dans deux jours|this winter=cet hiver",
}
PATTERNS = "plain plain plain plain without without copula copula there question question pronoun relative give order has modal two two".split()


def with_s(word):
    """An English plural, or the third person of a verb."""
    if re.search(r"[^aeou]y$", word):
        return word[:-1] + "ies"
    return word + ("es" if re.search(r"(s|x|sh|ch)$", word) else "s")


def plural(word):
    """The regular French plural."""
    if word.endswith(("s", "x")) or word.startswith("en_"):
        return word
    if word.endswith("al"):
        return word[:-2] + "aux"
    return word + ("x" if word.endswith("eau") else "s")


def nouns():
    """(English, English plural, French, French plural, gender, kind) of each noun."""
    found = []
    for kind, lines in NOUNS.items():
        for line in lines.split("|"):
            *names, gender, rest = re.match(
                r"\s*(\S+|port town) (\S+|ville portuaire) ([mf])\b(.*)", line, re.S
            ).groups()
            more = rest.split()
            english = with_s(names[0])
            french = " ".join(map(plural, names[1].split()))
            found.append(
                (names[0], more[0] if more else english, names[1], more[1] if len(more) > 1 else french, gender, kind)
            )
    return sorted(set(found))


def adjectives():
    """(English, masculine, feminine, place, kinds, form before a vowel) of each adjective."""
    rows = [line.split() for line in ADJECTIVES.split("|")]
    return [
        (*row[:4], set(KINDS.values()) if row[4] == "*" else {KINDS[one] for one in row[4]}, (row[5:] or [row[1]])[0])
        for row in rows
    ]


def conjugation(verb):
    """French forms of an infinitive: present (5), participle, future stem, imperfect stem, auxiliary."""
    name = verb.rstrip("*+")
    if name in IRREGULAR:
        forms = IRREGULAR[name].split()
        return {
            "present": forms[:5],
            "participle": forms[5],
            "future": forms[6],
            "imperfect": forms[7],
            "être": forms[-1] == "+",
            "name": name,
        }
    stem = name[:-2]
    strong = {"achet": "achèt", "nettoy": "nettoi", "appel": "appell"}.get(stem, stem)
    soft = stem + "e" if stem.endswith("g") else stem  # nous mangeons
    present = [strong + "e", strong + "e", soft + "ons", stem + "ez", strong + "ent"]
    future = strong + "er"
    return {
        "present": present,
        "participle": stem + "é",
        "future": future,
        "imperfect": soft,
        "être": verb.endswith("+"),
        "name": name,
    }


def verb_of(line):
    """One line of VERBS or GIVE as a dict of English forms, French forms, and who does it to what."""
    words = line.split()
    at = next(i for i, word in enumerate(words) if re.search(r"(er|ir|re)[*+]?$", word) and i > 0)
    base, *given = words[:at]
    first, _, particle = base.partition("_")
    stem = first[:-1] if first.endswith("e") and not first.endswith("ee") else first
    ing = next((word for word in given if word.endswith("ing")), stem + "ing")
    given = [word for word in given if not word.endswith("ing")]
    past = given[0] if given else (first[:-1] + "ied" if re.search(r"[^aeou]y$", first) else stem + "ed")
    spread = lambda letters: {"*": list(KINDS.values())}.get(letters, [KINDS.get(one, one) for one in letters])
    return {"base": first, "third": with_s(first), "past": past, "ing": ing, "particle": f" {particle}" if particle else "", **conjugation(words[at]),
            "who": spread(words[at + 1]) if len(words) > at + 1 else ["person"], "what": spread(words[at + 2]) if len(words) > at + 2 else ["thing"]}  # fmt: skip


def bucket(noun, adjective):
    """Which part may use this combination: train, validation or test. A checksum, so that it never changes."""
    number = zlib.crc32(f"{adjective} {noun}".encode()) % 20
    return "test" if number < 2 else "validation" if number == 2 else "train"


NOUN_ROWS, ADJECTIVE_ROWS = nouns(), adjectives()
BY_KIND = {kind: [row for row in NOUN_ROWS if row[5] == kind] for kind in NOUNS}
BY_KIND["T"] = [row for row in NOUN_ROWS if row[0] in ("letter", "book", "newspaper", "message", "map")]
BY_KIND["V"] = [row for row in BY_KIND["vehicle"] if row[0] not in ("plane", "ferry", "bicycle")]
VERB_ROWS = [verb_of(line) for line in VERBS.split("|")]
GIVE_ROWS = [verb_of(line) for line in GIVE.split("|")]
VOWEL = re.compile(r"[aeiouyhâàéèêîôœ]", re.I)


def polish(french):
    """Elision (le homme, l’homme) and contraction (à le port, au port), then single spaces and a capital."""
    french = re.sub(
        r"\b([Jj]e|[LldnmDNM]e|la|que) (?=[aeiouhâàéèêîôœAEIOUÉ]|y )", lambda one: one[1][:-1] + "’", french
    )
    for loose, tight in (("à le ", "au "), ("à les ", "aux "), ("de le ", "du "), ("de les ", "des ")):
        french = re.sub(rf"\b{loose}", tight, french)
    return french[0].upper() + french[1:]


class Writer:
    """Draws sentences of one part from a seeded generator."""

    def __init__(self, part, seed):
        self.draw, self.part = random.Random(f"{part} {seed}"), part
        self.combinations, self.unseen = [], False

    def adjective(self, row):
        """An adjective for this noun that the part may use, or None."""
        fitting = [one for one in ADJECTIVE_ROWS if row[5] in one[4] and bucket(row[0], one[0]) in ("train", self.part)]
        new = (
            [one for one in fitting if bucket(row[0], one[0]) == self.part]
            if self.part in ("validation", "test")
            else []
        )
        return self.draw.choice(new if new and self.draw.random() < 0.7 else fitting)

    def noun_phrase(self, kinds, negated=False, adjective=0.55, many=0.3, bare=False):
        """A noun phrase: English, French, French without determiner, form of the verb (1 or 4), agreement ending."""
        row = self.draw.choice(BY_KIND[self.draw.choice(kinds)])
        several = self.draw.random() < many
        english, french, feminine = row[several], row[2 + several], row[4] == "f"
        before = after = ""
        if self.draw.random() < adjective:
            word, masculine, form, place, _, vowel = self.adjective(row)
            self.combinations.append(bucket(row[0], word))
            form = form if feminine else vowel if VOWEL.match(french) and not several else masculine
            form = (plural(form) if several else form).replace("_", " ")
            before, after = (f"{form} ", "") if place == "B" else ("", f" {form}")
            english = f"{word} {english}"
        core = f"{before}{french}{after}"
        vowel = bool(VOWEL.match(core))
        one = {"the": "la" if feminine else "le", "a": "une" if feminine else "un", "this": "cette" if feminine else "cet" if vowel else "ce",
               "my": "ma" if feminine and not vowel else "mon", "her": "sa" if feminine and not vowel else "son",
               "his": "sa" if feminine and not vowel else "son", "our": "notre", "your": "votre"}  # fmt: skip
        several_of = {"the": "les", "some": "de" if before else "des", "these": "ces", "my": "mes", "our": "nos", "her": "ses", "his": "ses", "two": "deux",
                      "three": "trois", "many": "beaucoup de"}  # fmt: skip
        choices = (
            list((several_of if several else one).items())
            + [("the", "les")] * 3 * several
            + [("the", one["the"])] * 4 * (not several)
        )
        determiner, french_determiner = self.draw.choice(choices)
        if negated and determiner in ("a", "some"):
            french_determiner = "de"  # no boat: pas de bateau
            determiner = "any" if several else determiner
        article = "an" if determiner == "a" and english[0] in "aeiouAI" else determiner
        return {"en": f"{article} {english}", "fr": f"{french_determiner} {core}", "form": 4 if several else 1,
                "ending": "e" * feminine + "s" * several, "be": "are" if several else "is", "row": row, "several": several}  # fmt: skip

    def subject(self, kinds):
        """A noun phrase, a name or a pronoun."""
        chance = self.draw.random()
        if "person" in kinds and chance < 0.25:
            name = self.draw.choice((UNSEEN if self.part == "names" else f"{WOMEN} {MEN}").split())
            self.unseen |= self.part == "names"
            return {
                "en": name,
                "fr": name,
                "form": 1,
                "ending": "e" if name in WOMEN.split() else "",
                "be": "is",
                "name": name,
            }
        if "person" in kinds and chance < 0.5:
            english, french, form = self.draw.choice(PRONOUNS)
            ending = {"she": "e", "we": "s", "they": "s"}.get(english, "")
            return {
                "en": english,
                "fr": french,
                "form": form,
                "ending": ending,
                "be": {"I": "am"}.get(english, "are" if form > 1 else "is"),
            }
        return self.noun_phrase(kinds, many=0.25)

    def time(self, tense):
        """A time phrase that fits the tense, or nothing."""
        chance = self.draw.random()
        if chance < 0.5:
            return "", ""
        if chance < 0.62:
            hour, minute = self.draw.randint(1, 11), self.draw.choice(["15", "30", "45", "10", "20"])
            late = self.draw.random() < 0.5
            return f" at {hour}:{minute} {'p.m.' if late else 'a.m.'}", f" à {hour + 12 * late}\u202fh\u202f{minute}"
        if chance < 0.7:
            day, jour = self.draw.choice(list(DAYS.items()))
            return (f" on {day}s", f" le {jour}") if tense == "present" else (f" on {day}", f" {jour}")
        words = TIMES["any" if chance < 0.85 else tense].split("|")
        english, french = self.draw.choice(words).split("=")
        return f" {english}", f" {french}"

    def place(self):
        """A place phrase, or nothing."""
        if self.draw.random() < 0.65:
            return "", ""
        english, french = self.draw.choice(PLACES)
        where = self.noun_phrase(["place"], adjective=0.3, many=0)
        return f" {english} {where['en']}", f" {french} {where['fr']}"

    def finite(
        self, verb, subject, negated, choices="present progressive past past imperfect future going", clitic=("", "")
    ):
        """The verb in a tense: (tense, English, French). `clitic` is an object pronoun and its agreement ending."""
        tense = self.draw.choice(
            [one for one in choices.split() if verb["base"] not in STATIVE or one not in ("progressive", "imperfect")]
        )
        form, third, be, past_be = (
            subject["form"],
            subject["form"] == 1,
            subject["be"],
            "was" if subject["be"] != "are" else "were",
        )
        dont = " not" if negated else ""
        do = {"present": "does" if third else "do", "past": "did"}
        english = {
            "present": f"{do['present']} not {verb['base']}" if negated else verb["third"] if third else verb["base"],
            "progressive": f"{be}{dont} {verb['ing']}", "past": f"did not {verb['base']}" if negated else verb["past"],
            "imperfect": f"{past_be}{dont} {verb['ing']}", "future": f"will{dont} {verb['base']}", "going": f"{be}{dont} going to {verb['base']}",
        }[tense]  # fmt: skip
        pronoun, agreement = clitic
        lead, rest = verb["present"][form], ""
        if tense == "past":
            lead = conjugation("être" if verb["être"] else "avoir")["present"][form]
            rest = (
                " "
                + verb["participle"]
                + (
                    subject["ending"]
                    if verb["être"]
                    else agreement
                    if not verb["participle"].endswith("s") or agreement != "s"
                    else ""
                )
            )
        elif tense == "future":
            lead = verb["future"] + ("ai", "a", "ons", "ez", "ont")[form]
        elif tense == "imperfect":
            stem = (
                verb["imperfect"].removesuffix("e")
                if form in (2, 3) and verb["imperfect"].endswith("ge")
                else verb["imperfect"]
            )
            lead = stem + ("ais", "ait", "ions", "iez", "aient")[form]
        elif tense == "going":
            lead, rest = conjugation("aller")["present"][form], f" {pronoun}{verb['name']}"
            pronoun = ""
        french = f"ne {pronoun}{lead} pas{rest}" if negated else f"{pronoun}{lead}{rest}"
        when = {"progressive": "any", "imperfect": "past", "going": "future"}.get(tense, tense)
        return when, english + verb["particle"], french

    def clause(
        self, transitive, choices="present progressive past past imperfect future going", extras=True, negation=0.25
    ):
        """Subject, verb, object, place and time: (subject, English after it, French after it, parts for questions)."""
        verb = self.draw.choice([one for one in VERB_ROWS if (one["what"] != ["-"]) == transitive])
        subject, negated = self.subject(verb["who"]), self.draw.random() < negation
        when, english, french = self.finite(verb, subject, negated, choices)
        if transitive:
            what = self.noun_phrase(verb["what"], negated)
            english, french = f"{english} {what['en']}", f"{french} {what['fr']}"
        for more in (self.place(), self.time(when)) if extras else ():
            english, french = english + more[0], french + more[1]
        return subject, english, french

    def sentence(self):
        """One sentence: (pattern, English, French), without capital."""
        pattern = self.draw.choice(PATTERNS)
        return (pattern, *getattr(self, pattern)())

    def plain(self):
        subject, english, french = self.clause(True)
        return f"{subject['en']} {english}.", f"{subject['fr']} {french}."

    def without(self):
        subject, english, french = self.clause(False)
        return f"{subject['en']} {english}.", f"{subject['fr']} {french}."

    def copula(self):
        kind = self.draw.choice(list(NOUNS))
        subject = self.noun_phrase([kind], adjective=0.3)
        word, masculine, feminine, *_ = self.adjective(subject["row"])
        self.combinations.append(bucket(subject["row"][0], word))
        form = feminine if "e" in subject["ending"] else masculine
        form = (plural(form) if subject["several"] else form).replace("_", " ")
        past = self.draw.random() < 0.3
        be = {"is": "was", "are": "were"}[subject["be"]] if past else subject["be"]
        french_be = (
            conjugation("être")["present"][subject["form"]]
            if not past
            else "était"
            if subject["form"] == 1
            else "étaient"
        )
        chance = self.draw.random()
        if chance < 0.3 and word not in NO_DEGREE:
            other = self.noun_phrase([kind], adjective=0.2)
            more = word[:-1] + "ier" if word.endswith("y") else SHORT.get(word, f"more {word}")
            return (
                f"{subject['en']} {be} {more} than {other['en']}.",
                f"{subject['fr']} {french_be} plus {form} que {other['fr']}.",
            )
        english, french = (
            (f"{be} not", f"ne {french_be} pas")
            if chance < 0.5
            else (f"{be} too", f"{french_be} trop")
            if chance < 0.6 and word not in NO_DEGREE
            else (f"{be}", french_be)
        )
        return f"{subject['en']} {english} {word}.", f"{subject['fr']} {french} {form}."

    def there(self):
        what = self.noun_phrase(["person", "animal", "vehicle", "thing"], adjective=0.7)
        while what["en"].split()[0] in ("the", "this", "these", "my", "our", "her", "his", "your"):
            what = self.noun_phrase(["person", "animal", "vehicle", "thing"], adjective=0.7)
        english, french = self.draw.choice(PLACES)
        where = self.noun_phrase(["place"], adjective=0.3, many=0)
        return (
            f"there {what['be']} {what['en']} {english} {where['en']}.",
            f"il y a {what['fr']} {french} {where['fr']}.",
        )

    def question(self):
        verb = self.draw.choice(VERB_ROWS)
        subject = self.subject(verb["who"])
        tense = self.draw.choice(["present", "past", "future"])
        _, _, french = self.finite(verb, subject, False, tense)
        helper = {"present": "does" if subject["form"] == 1 else "do", "past": "did", "future": "will"}[tense]
        english = f"{helper} {subject['en']} {verb['base']}{verb['particle']}"
        if verb["what"] != ["-"]:
            what = self.noun_phrase(verb["what"])
            english, french = f"{english} {what['en']}", f"{french} {what['fr']}"
        ask, demande = self.draw.choice(
            [("", ""), ("", ""), ("why ", "pourquoi "), ("when ", "quand "), ("where ", "où ")]
        )
        return f"{ask}{english}?", f"{demande}est-ce que {subject['fr']} {french}\u202f?"

    def pronoun(self):
        verb = self.draw.choice([one for one in VERB_ROWS if "person" in one["what"] or "animal" in one["what"]])
        subject = self.subject(verb["who"])
        english_object, clitic, agreement = self.draw.choice(
            [one for one in OBJECTS if (one[0], subject["en"]) not in (("me", "I"), ("us", "we"))]
        )
        when, english, french = self.finite(verb, subject, self.draw.random() < 0.3, clitic=(f"{clitic} ", agreement))
        time = self.time(when)
        return f"{subject['en']} {english} {english_object}{time[0]}.", f"{subject['fr']} {french}{time[1]}."

    def relative(self):
        subject = self.noun_phrase(["person"], adjective=0.35, many=0.25)
        while subject["en"].split()[0] not in ("the", "this", "these", "my", "our", "her", "his"):
            subject = self.noun_phrase(["person"], adjective=0.35, many=0.25)
        verb = self.draw.choice([one for one in VERB_ROWS if "person" in one["who"] and one["what"] != ["-"]])
        _, english, french = self.finite(verb, subject, False, "present past")
        what = self.noun_phrase(verb["what"], adjective=0.4)
        word, masculine, feminine, *_ = self.adjective(subject["row"])
        self.combinations.append(bucket(subject["row"][0], word))
        form = feminine if "e" in subject["ending"] else masculine
        be = conjugation("être")["present"][subject["form"]]
        return (f"{subject['en']} who {english} {what['en']} {subject['be']} {word}.",
                f"{subject['fr']} qui {french} {what['fr']} {be} {plural(form) if subject['several'] else form}.")  # fmt: skip

    def give(self):
        verb, subject = self.draw.choice(GIVE_ROWS), self.subject(["person"])
        negated = self.draw.random() < 0.2
        when, english, french = self.finite(verb, subject, negated)
        what, whom = self.noun_phrase(["thing", "food"], negated), self.noun_phrase(["person"], adjective=0.3)
        time = self.time(when)
        return (
            f"{subject['en']} {english} {what['en']} to {whom['en']}{time[0]}.",
            f"{subject['fr']} {french} {what['fr']} à {whom['fr']}{time[1]}.",
        )

    def order(self):
        verb = self.draw.choice(
            [one for one in VERB_ROWS if one["what"] != ["-"] and "person" in one["who"] and one["base"] not in STATIVE]
        )
        negated = self.draw.random() < 0.4
        what = self.noun_phrase(verb["what"], negated)
        time = self.time("future")
        english = f"{'do not ' if negated else ''}{verb['base']}{verb['particle']} {what['en']}{time[0]}"
        form = verb["present"][3]
        return f"{english}!", f"{f'ne {form} pas' if negated else form} {what['fr']}{time[1]}\u202f!"

    def has(self):
        subject, negated = self.subject(["person"]), self.draw.random() < 0.35
        what = self.noun_phrase(["animal", "vehicle", "thing", "food"], negated, adjective=0.7)
        verb = "has" if subject["form"] == 1 else "have"
        english = f"{'does' if subject['form'] == 1 else 'do'} not have" if negated else verb
        form = conjugation("avoir")["present"][subject["form"]]
        return (
            f"{subject['en']} {english} {what['en']}.",
            f"{subject['fr']} {f'ne {form} pas' if negated else form} {what['fr']}.",
        )

    def modal(self):
        verb = self.draw.choice(VERB_ROWS)
        subject = self.subject(verb["who"])
        third = subject["form"] == 1
        english, french = self.draw.choice(
            [("can", "pouvoir"), ("must", "devoir"), ("wants to" if third else "want to", "vouloir")]
        )
        negated = self.draw.random() < 0.3
        if negated:
            english = {"can": "cannot", "must": "must not"}.get(english, f"{'does' if third else 'do'} not want to")
        lead = conjugation(french)["present"][subject["form"]]
        english, french = (
            f"{english} {verb['base']}{verb['particle']}",
            f"{f'ne {lead} pas' if negated else lead} {verb['name']}",
        )
        if verb["what"] != ["-"]:
            what = self.noun_phrase(verb["what"], negated)
            english, french = f"{english} {what['en']}", f"{french} {what['fr']}"
        time = self.time("future")
        return f"{subject['en']} {english}{time[0]}.", f"{subject['fr']} {french}{time[1]}."

    def two(self):
        transitive, tense = self.draw.random() < 0.6, self.draw.choice(["present", "past", "past"])
        first, english, french = self.clause(transitive, tense, extras=False)
        second, more, plus = self.clause(not transitive, {"past": "past imperfect"}.get(tense, tense), extras=False)
        word, mot = self.draw.choice([("because", "parce que"), ("but", "mais"), ("and", "et"), ("when", "quand")])
        comma = "," if word == "but" else ""
        return (
            f"{first['en']} {english}{comma} {word} {second['en']} {more}.",
            f"{first['fr']} {french}{comma} {mot} {second['fr']} {plus}.",
        )


def pairs(part, count, taken=(), seed=0):
    """`count` pairs of a part as dicts with `en`, `fr`, `pattern`; none whose English is in `taken`.

    "train" never holds a held-out combination of noun and adjective; every pair of "validation" and "test" holds one
    of its own; every pair of "names" holds a name that the other parts never use.
    """
    writer, seen, found = Writer(part, seed), set(taken), []
    while len(found) < count:
        writer.combinations, writer.unseen = [], False
        pattern, english, french = writer.sentence()
        english = english[0].upper() + english[1:].replace(".m..", ".m.")
        wanted = {"train": True, "names": writer.unseen}.get(part, part in writer.combinations)
        if wanted and english not in seen:
            seen.add(english)
            found.append({"en": english, "fr": polish(french), "pattern": pattern})
    return found


if __name__ == "__main__":
    for row in pairs("train", 20):
        print(row["en"], "|", row["fr"])
