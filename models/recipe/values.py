"""Values for the slots of templates: made-up persons, places, firms, and words of health care.

Names and addresses come from faker's providers (MIT) of many locales, addresses also in shapes of our own;
the other words are our own collection.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path

from faker import Faker

LOCALES = (
    *("en_US",) * 6, *("en_GB",) * 3, "en_AU", "en_CA", "en_IN", "en_NZ", "en_IE", "de_DE", "de_AT", "de_CH",
    "fr_FR", "fr_CA", "es_ES", "es_MX", "es_CO", "it_IT", "pt_BR", "pt_PT", "nl_NL", "nl_BE", "pl_PL",
    "sv_SE", "da_DK", "no_NO", "fi_FI", "cs_CZ", "sk_SK", "hu_HU", "ro_RO", "hr_HR", "sl_SI", "tr_TR", "id_ID",
    "et_EE", "lt_LT", "lv_LV", "az_AZ", "vi_VN", "ru_RU", "uk_UA", "el_GR", "bg_BG", "en_PH", "tl_PH", "en_TH",
)  # fmt: skip
_DAYS = (date(1930, 1, 1), date(2026, 12, 31))  # not up to today: the same texts come tomorrow
POOL = 250  # values of a kind and locale
ROMANISED = {
    "given": "Wei Xin Mei Jun Hao Yan Ling Min Hiroshi Yuki Kenji Akira Haruka Takumi Sakura Ji-woo Seo-yeon "
    "Min-jun Hye-jin Thanh Linh Tuan Huong Amina Fatima Omar Yusuf Khalid Layla Zainab Chinedu Ngozi Kwame Abena "
    "Thabo Lerato Sipho Nomsa Arjun Priya Rahul Ananya Sanjay Lakshmi Farid Parisa Reza Moshe Yael Noa Eitan "
    "Aroha Tane Leilani Kai Ikaika Tariq Bilal Ayesha Imran",
    "surname": "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Tanaka Suzuki Sato Watanabe Yamamoto "
    "Nakamura Kobayashi Kim Park Choi Jung Kang Nguyen Tran Pham Le Hoang Vu Okafor Adeyemi Mensah Dlamini Nkosi "
    "Moyo Mwangi Otieno Haile Sharma Patel Singh Gupta Reddy Iyer Khan Ahmed Hussain Malik Haddad Mansour Cohen "
    "Levi Mizrahi Hosseini Karimi Ng Lim Tan Wong Cheung Kealoha Tamihana",
}
CITIES = (
    "London Paris Berlin Madrid Rome Vienna Warsaw Dublin Lisbon Oslo Helsinki Athens Budapest Prague Kyiv Minsk "
    "Tokyo Osaka Beijing Shanghai Delhi Mumbai Chennai Karachi Dhaka Bangkok Hanoi Jakarta Manila Sydney Melbourne "
    "Auckland Cairo Lagos Nairobi Accra Johannesburg Casablanca Tunis Dubai Riyadh Tehran Baghdad Istanbul Toronto "
    "Montreal Vancouver Chicago Houston Phoenix Seattle Denver Boston Atlanta Miami Dallas Detroit Portland Austin "
    "Memphis Baltimore Milwaukee Tucson Omaha Tulsa Cleveland Pittsburgh Leeds Glasgow Bristol Manchester Cardiff "
    "Belfast Marseille Lyon Toulouse Hamburg Munich Cologne Leipzig Dresden Milan Naples Turin Seville Valencia "
    "Porto Utrecht Rotterdam Antwerp Ghent Geneva Zurich Basel Krakow Gdansk Lima Bogota Quito Caracas Havana "
    "Santiago Montevideo Asuncion Brasilia Recife Salvador"
).split()
PHRASES = (
    "New York|Los Angeles|San Francisco|San Diego|Las Vegas|New Orleans|Salt Lake City|St. Louis|Hong Kong|Kuala "
    "Lumpur|Cape Town|Addis Ababa|Buenos Aires|Rio de Janeiro|São Paulo|Mexico City|Tel Aviv|The Hague|NYC|LA|SF|"
    "the Bay Area|Central Park|Lake Michigan|the Alps|the Rhine|the Mediterranean|Mount Fuji|the Gulf of Mexico|"
    "Southeast Asia|Western Europe|the Middle East|West Africa|Latin America|Scandinavia|the Balkans|Silicon Valley|"
    "Times Square|Heathrow|JFK Airport|Victoria Station|Brooklyn|Manhattan|Queens|Soho|Kreuzberg|Montmartre|Harlem|"
    "Europe|Asia|Africa|the UK|the U.S.|the US|USA|UAE|the Netherlands|the Philippines|England|Scotland|Wales|Bavaria|"
    "Tuscany|Catalonia|Normandy|Brittany|Andalusia|Flanders|Siberia|Kashmir|Punjab|Ontario|Quebec|Queensland|"
    "California|Texas|Florida|Ohio|Oregon|Nevada|Utah|Maine|Iowa|New Jersey|North Carolina|West Virginia|Alaska"
).split("|")
STATES = (
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR "
    "PA RI SC SD TN TX UT VT VA WA WV WI WY NSW VIC QLD ON BC QC"
).split()
STREET_WORDS = (
    "Street|St|St.|Road|Rd|Rd.|Avenue|Ave|Ave.|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Square|Terrace|Way|"
    "Parkway|Highway|Circle|Trail|Close|Crescent|Gardens|Mews|Hill|Plaza|Crossing|Run|Ridge|View"
).split("|")
FOREIGN_STREETS = (
    "{}straße|{}strasse|{}str.|{}weg|{}gasse|{}platz|{}allee|{}straat|{}laan|{}gracht|{}plein|{}gatan|{}vägen|{}vej|"
    "{}gade|{}veien|{}gata|{}katu|{}tie|Rue {}|rue de {}|Avenue {}|Place {}|Calle {}|C/ {}|Avenida {}|Av. {}|Paseo {}|"
    "Plaza {}|Carrera {}|Via {}|Viale {}|Piazza {}|Corso {}|Rua {}|Travessa {}|Largo {}|Praça {}|ul. {}|aleja {}|"
    "plac {}|ulice {}|{} ulica|{} utca|{} út|{} tér|Strada {}|Bulevardul {}|{} Sokak|{} Caddesi|Jalan {}|{} iela|{} tn|"
    "{} tänav|{} g.|ул. {}|οδός {}|{} pasaż|Am {}|An der {}|Zum {}|Chemin {}|Impasse {}|Quai {}|Vicolo {}|Ulica {}"
).split("|")
FIRST_PARTS = (
    "Acme Globex Vertex Quantum Nova Apex Summit Delta Orion Zenith Pioneer Horizon Atlas Beacon Cedar Falcon Harbor "
    "Maple Northern Pacific Redwood Silver Stellar Titan United Vista Western Blue Bright Clear Crest Eagle Ever First "
    "Global Golden Grand Green Iron Metro Prime Royal Solar Star Swift True Urban Wild Bio Cyber Data Eco Fin Med Net"
).split()
LAST_PARTS = (
    "Systems|Solutions|Technologies|Industries|Partners|Group|Holdings|Capital|Bank|Insurance|Logistics|Foods|Pharma|"
    "Motors|Energy|Media|Labs|Software|Consulting|Airlines|Electronics|Studios|Networks|Foundation|Records|Stores"
).split("|")
FIRMS = (
    "Google|Microsoft|Amazon|Apple|Facebook|IBM|Intel|Oracle|Cisco|Toyota|Siemens|Bosch|Nestlé|Unilever|Shell|BP|HSBC|"
    "Barclays|Citibank|Wells Fargo|Bank of America|JPMorgan Chase|Goldman Sachs|Deloitte|KPMG|PwC|Walmart|Costco|Target|"
    "Starbucks|McDonald's|Netflix|Spotify|Twitter|Uber|Airbnb|PayPal|Visa|Samsung|Sony|Nintendo|the BBC|CNN|NASA|NATO|"
    "the United Nations|the European Union|the FBI|the Red Cross|Harvard University|MIT|Stanford|the University of Leeds"
).split("|")
JOBS = (
    "accountant|nurse|software engineer|project manager|teacher|sales representative|lawyer|chief executive|head of HR|"
    "data analyst|electrician|truck driver|receptionist|professor of physics|pharmacist|team lead|chief financial "
    "officer|Managing Director|Benefits Manager|Staff Writer|Senior Engineer|Account Executive|Vice President|Attorney "
    "at Law|Marketing Coordinator|Office Manager|Customer Success Manager|Product Owner|Film Director|Judge|Plumber"
).split("|")
TOPICS = (
    "the invoice|your application|the quarterly report|the new policy|the delivery|your claim|the budget|the merger|the "
    "training|your complaint|the schedule|the roadmap|the audit|the release|the contract renewal|travel plans|the "
    "migration|office supplies|the refund|parking permits|the survey results|the insurance claim|the annual meeting"
).split("|")
WORDS = (
    "config value index parse load queue buffer handler request response token field schema table render update cache "
    "session module import export filter sort merge batch stream record policy bucket region retry timeout path key "
    "node cluster worker task event signal metric alert build deploy test source target input output default format"
).split()
THINGS = (
    "Widget|Button|Handler|Session|Request|Response|Parser|Context|Manager|Factory|Controller|Service|Client|Server|"
    "Database|Network|System|Settings|Options|Menu|File|Folder|Project|Control Panel|Task Manager|Start Menu|Python|"
    "Java|Docker|Kubernetes|Linux|Windows|Ubuntu|Debian|Apache|Redis|Jenkins|Django|Angular|Excel|Outlook|Chrome|"
    "Firefox|Bluetooth|Ethernet|Unicode|JSON|HTTP|TLS|AWS Lambda|Amazon S3|Exception|ValueError|TypeError|Optional|"
    "String|Integer|Array|HashMap|Iterator|Gamma|Lambda|Tensor|Gauss|Newton|Fourier|Bayes|Markov|Poisson|Bernoulli|"
    "Laplace|Kelvin|Hadoop|Cassandra|Hermes|Atlas|Athena|Phoenix|Jupyter|Jasmine|Ruby|Julia|Dijkstra|Bessel|Euler|"
    "Contents|Introduction|Overview|Summary|Getting Started|Release Notes|Frequently Asked Questions|Table of Contents|"
    "Terms of Service|Privacy Policy|Dark Mode|User Guide|Quick Start|Access Key|Load Balancer|Security Group|Public IP"
).split("|")
MADE = "Wireless Steel Ergonomic Compact Cotton Premium Portable Classic Rustic Smart Leather Bamboo Vintage Mini".split()
GOODS = "Mouse Keyboard Chair Bottle Lamp Desk Speaker Backpack Monitor Notebook Table Gloves Kettle Jacket Drill".split()
COLORS = "Red Blue Green Black White Silver Navy Olive Rose Amber Violet Ivory Charcoal Teal".split()
CONDITIONS = (
    "hypertension|type 2 diabetes mellitus|diabetes|atrial fibrillation|congestive heart failure|CHF|COPD|asthma|"
    "pneumonia|sepsis|acute kidney injury|chronic kidney disease|ESRD|anemia|iron deficiency anemia|hypothyroidism|"
    "depression|major depressive disorder|anxiety|bipolar disorder|schizophrenia|PTSD|migraine|epilepsy|seizures|stroke|"
    "ischemic stroke|TIA|Parkinson's disease|Alzheimer's disease|dementia|multiple sclerosis|rheumatoid arthritis|"
    "osteoarthritis|osteoporosis|gout|lupus|psoriasis|eczema|cellulitis|urinary tract infection|UTI|kidney stones|GERD|"
    "peptic ulcer|Crohn's disease|ulcerative colitis|irritable bowel syndrome|cirrhosis|hepatitis C|pancreatitis|"
    "cholelithiasis|appendicitis|diverticulitis|breast cancer|lung cancer|prostate cancer|colon cancer|melanoma|"
    "non-Hodgkin lymphoma|acute myeloid leukemia|deep vein thrombosis|DVT|pulmonary embolism|coronary artery disease|"
    "CAD|myocardial infarction|NSTEMI|aortic stenosis|hyperlipidemia|obesity|sleep apnea|HIV|tuberculosis|influenza|"
    "COVID-19|bronchitis|sinusitis|otitis media|strep throat|herpes zoster|shingles|Lyme disease|malaria|chest pain|"
    "shortness of breath|abdominal pain|low back pain|nausea and vomiting|fever|syncope|hip fracture|rotator cuff tear|"
    "carpal tunnel syndrome|cataract|glaucoma|macular degeneration|preeclampsia|gestational diabetes|ADHD|autism|"
    "alcohol use disorder|opioid dependence|insomnia|endometriosis|PCOS|hypokalemia|hyponatremia|celiac disease"
).split("|")
DRUGS = (
    "metformin|lisinopril|atorvastatin|amlodipine|metoprolol|omeprazole|losartan|albuterol|gabapentin|"
    "hydrochlorothiazide|sertraline|simvastatin|montelukast|escitalopram|rosuvastatin|furosemide|levothyroxine|"
    "prednisone|warfarin|apixaban|clopidogrel|insulin glargine|insulin lispro|tramadol|oxycodone|hydrocodone|morphine|"
    "fentanyl|ibuprofen|acetaminophen|naproxen|aspirin|amoxicillin|azithromycin|ciprofloxacin|doxycycline|cephalexin|"
    "vancomycin|ceftriaxone|fluconazole|acyclovir|oseltamivir|fluoxetine|bupropion|venlafaxine|duloxetine|trazodone|"
    "mirtazapine|lithium|lamotrigine|levetiracetam|valproate|quetiapine|olanzapine|risperidone|aripiprazole|"
    "haloperidol|lorazepam|alprazolam|clonazepam|diazepam|zolpidem|donepezil|memantine|carbidopa-levodopa|methotrexate|"
    "adalimumab|infliximab|rituximab|pembrolizumab|trastuzumab|tamoxifen|letrozole|tacrolimus|mycophenolate|heparin|"
    "enoxaparin|digoxin|amiodarone|diltiazem|carvedilol|spironolactone|tamsulosin|finasteride|sildenafil|allopurinol|"
    "colchicine|pantoprazole|famotidine|ondansetron|Lipitor|Xarelto|Eliquis|Humira|Ozempic|Lantus|Advil|Tylenol|Zoloft|"
    "Prozac|Xanax|Ambien|Plavix|Synthroid|Keppra|Seroquel|Januvia|Lasix|Coumadin|semaglutide|empagliflozin|nivolumab"
).split("|")
PROCEDURES = (
    "appendectomy|cholecystectomy|laparoscopic cholecystectomy|colonoscopy|upper endoscopy|EGD|CABG|coronary artery "
    "bypass grafting|cardiac catheterization|PCI|total knee replacement|total hip arthroplasty|hip replacement|MRI of "
    "the brain|CT scan of the abdomen|chest X-ray|mastectomy|lumpectomy|hysterectomy|C-section|cesarean section|"
    "prostatectomy|nephrectomy|kidney transplant|liver biopsy|bone marrow biopsy|lumbar puncture|hemodialysis|"
    "tonsillectomy|thyroidectomy|hernia repair|spinal fusion|laminectomy|knee arthroscopy|ORIF|cataract surgery|"
    "echocardiogram|stress test|EKG|EEG|bronchoscopy|thoracentesis|paracentesis|tracheostomy|intubation|pacemaker "
    "implantation|ablation|chemotherapy|radiation therapy|physical therapy|blood transfusion|skin biopsy|mammogram|"
    "ultrasound|vasectomy|gastric bypass|colectomy|PICC line placement|root canal|vaccination|ECT"
).split("|")
DOSES = "5 mg|10 mg|20 mg|40 mg|81 mg|100 mg|250 mg|500 mg|1 g|25 mcg|10 units|2 puffs|0.5 mg PO|50 mg BID|5 mL".split(
    "|"
)
RELATIONS = "spouse|mother|father|son|daughter|brother|sister|friend|partner".split("|")
ADJECTIVES = "French|German|American|British|Brazilian|Polish|Dutch|Indian|Japanese|Nigerian|retired|former|famous".split(
    "|"
)
QUOTES = (
    "We are what we repeatedly do.|Simplicity is the end of everything.|Nothing is lost that is looked for twice.|The "
    "best time to begin was yesterday.|You can't step over your own shadow.|Measure, then cut, then measure."
).split("|")


class Person:
    """A made-up person: given name, surname, and what is made of them."""

    def __init__(self, given: str, surname: str, chooser: random.Random) -> None:
        self.given = given
        self.surname = surname
        self._chooser = chooser

    @property
    def name(self) -> str:
        initial = self._chooser.choice("ABCDEFGHJKLMNPRSTW")
        return self._chooser.choices(
            (
                f"{self.given} {self.surname}",
                f"{self.given} {initial}. {self.surname}",
                f"{self.given[0]}. {self.surname}",
                f"{self.given} {self.surname}{self._chooser.choice((' Jr.', ' MD', ' III', ', PhD', ' Sr.'))}",
            ),
            (84, 8, 5, 3),
        )[0]

    @property
    def surname_first(self) -> str:
        return self._chooser.choice(
            (f"{self.surname}, {self.given}", f"{self.surname.upper()}, {self.given.upper()}")
        )

    @property
    def email(self) -> str:
        user = (
            f"{self.given}.{self.surname}".lower().encode("ascii", "ignore").decode().replace(" ", "")
            or "info"
        )
        return (
            f"{user}@{self._chooser.choice(('mail.test', 'corp.example', 'post.example.org', 'example.com'))}"
        )


class Values:
    """Makers of values by a slot's name. `part` 0 or 1: one of two sets of names that have none in common."""

    def __init__(self, seed: int, part: int, shipped_cities: Path | None = None) -> None:
        self.chooser = random.Random(seed)
        self._part = part
        self._pools: dict[str, list[str]] = {}
        self._english = Faker("en_US")
        self._english.seed_instance(seed)
        self._locales = {locale: Faker(locale) for locale in dict.fromkeys(LOCALES)}
        for number, fake in enumerate(self._locales.values()):
            fake.seed_instance(1000 + number)
        self._towns: list[str] = []
        if shipped_cities is not None:
            lines = shipped_cities.read_text("utf-8").splitlines()
            self._towns = [" ".join(map(str.capitalize, line.split())) for line in lines if line[0] != "#"]

    def _pool(self, locale: str, kind: str, make: Callable[[], str]) -> str:
        key = f"{locale} {kind}"
        if key not in self._pools:
            made = list(dict.fromkeys(make() for _ in range(2 * POOL)))
            self._pools[key] = made[self._part :: 2] or made
        return self.chooser.choice(self._pools[key])

    def locale(self) -> str:
        return self.chooser.choice(LOCALES)

    def person(self) -> Person:
        if self.chooser.random() < 0.12:
            given, surname = (self.chooser.choice(ROMANISED[kind].split()) for kind in ("given", "surname"))
            if self.chooser.random() < 0.4:
                given = self._pool("en_US", "first_name", self._locales["en_US"].first_name)
            return Person(given, surname, self.chooser)
        locale = self.locale()
        fake = self._locales[locale]
        given = self._pool(locale, "first_name", fake.first_name)
        if self.chooser.random() < 0.06:
            given += self.chooser.choice((" ", "-")) + self._pool(locale, "first_name", fake.first_name)
        surname = self._pool(locale, "last_name", fake.last_name)
        if self.chooser.random() < 0.05:
            surname += self.chooser.choice((" ", "-")) + self._pool(locale, "last_name", fake.last_name)
        elif self.chooser.random() < 0.04:
            surname = (
                self.chooser.choice(
                    ("van der ", "de ", "von ", "di ", "O'", "Mc", "Mac", "dos ", "al-", "La")
                )
                + surname
            )
        return Person(given, surname, self.chooser)

    def city(self) -> str:
        choice = self.chooser.random()
        if choice < 0.3:
            return self.chooser.choice(CITIES)
        if choice < 0.6 and self._towns:
            return self.chooser.choice(self._towns[self._part :: 2])
        locale = self.locale()
        return self._pool(locale, "city", self._locales[locale].city)

    def country(self) -> str:
        locale = "en_US" if self.chooser.random() < 0.9 else self.locale()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self._pool(locale, "country", self._locales[locale].country)

    def place(self) -> str:
        choice = self.chooser.random()
        if choice < 0.4:
            return self.city()
        if choice < 0.65:
            return self.country()
        if choice < 0.9:
            return self.chooser.choice(PHRASES)
        return f"{self.city()}, {self.chooser.choice((self.country(), self.chooser.choice(STATES)))}"

    def street_name(self) -> str:
        choice = self.chooser.random()
        if choice < 0.3:
            first = self.chooser.choice((self.person().surname, self._english.word().capitalize()))
            return f"{first} {self.chooser.choice(STREET_WORDS)}"
        if choice < 0.5:
            stem = self.chooser.choice(
                (self.person().surname, self.person().name, self._english.word().capitalize())
            )
            return self.chooser.choice(FOREIGN_STREETS).format(stem)
        if choice < 0.62:
            return self.chooser.choice(
                (
                    f"{self.chooser.choice(('North', 'South', 'East', 'West', 'N', 'S.', 'E', 'W.', 'Old', 'New'))} "
                    f"{self.person().surname} {self.chooser.choice(STREET_WORDS)}",
                    f"{self.ordinal()} {self.chooser.choice(STREET_WORDS)}",
                    f"{self.person().surname}-{self.person().surname}-{self.chooser.choice(('Straße', 'Platz', 'Weg'))}",
                    f"{self.person().given} {self.person().surname}",
                    f"{self.person().surname} {self.person().surname}",
                )
            )
        locale = self.locale()
        return self._pool(locale, "street_name", self._locales[locale].street_name)

    def ordinal(self) -> str:
        number = self.chooser.randrange(1, 120)
        return f"{number}{'th' if number % 100 in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"

    def house(self) -> str:
        number = str(self.chooser.randrange(1, self.chooser.choice((30, 300, 9999))))
        return number + (self.chooser.choice("abcABD") if self.chooser.random() < 0.08 else "")

    def street(self) -> str:
        choice = self.chooser.random()
        name = " ".join(self.street_name().split())
        if choice < 0.5:
            street = f"{self.house()} {name}"
        elif choice < 0.8:
            street = f"{name}{self.chooser.choice((' ', ' ', ', '))}{self.house()}"
        elif choice < 0.88:
            street = f"{self.house()} {name} {self.house()}"
        elif choice < 0.92:
            street = f"P.O. Box {self.house()}"
        else:
            street = f"{name} {self.house()}{self.chooser.choice(('/', '-', ', '))}{self.house()}"
        if self.chooser.random() < 0.2:
            kind = self.chooser.choice(
                ("Apt.", "Apt", "Suite", "Unit", "#", "Flat", "Floor", "Ste", "piso", "Stock")
            )
            street += f"{self.chooser.choice((' ', ', ', chr(10)))}{kind} {self.house()}"
        return street

    def zip(self) -> str:
        if self.chooser.random() < 0.5:
            zone = f"{self.chooser.randrange(501, 99951):05d}"
            return zone + (f"-{self.chooser.randrange(10000):04d}" if self.chooser.random() < 0.1 else "")
        locale = self.locale()
        fake = self._locales[locale]
        return self._pool(locale, "postcode", fake.postcode)

    def _parts(self) -> list[str]:
        city, zone = self.city(), self.zip()
        region = self.chooser.choice((self.chooser.choice(STATES), self._english.state(), self.city()))
        tail = self.chooser.choice(
            (
                f"{city}, {region} {zone}",
                f"{city}, {region}  {zone}",
                f"{city} {region} {zone}",
                f"{zone} {city}",
                f"{city} {zone}",
                f"{city}, {zone}",
                f"{city}",
                f"{city}, {self.country()} {zone}",
                f"{city} {self.country()} {zone}",
            )
        )
        parts = [self.street(), tail]
        if self.chooser.random() < 0.25:
            parts.append(self.country())
        return parts

    def address(self) -> str:
        if self.chooser.random() < 0.12:
            locale = self.locale()
            fake = self._locales[locale]
            whole = self._pool(locale, "address", fake.address)
            return whole if self.chooser.random() < 0.5 else ", ".join(whole.splitlines())
        return self.chooser.choice((", ", ", ", " ", "; ")).join(self._parts())

    def address_lines(self) -> str:
        if self.chooser.random() < 0.2:
            city, zone = self.city(), self.zip()
            return f"{self.street()}\n{city}\n, {self.chooser.choice(STATES)}\n {zone}"
        return self.chooser.choice(("\n", "\n", "\n ", ",\n")).join(self._parts())

    def org(self) -> str:
        choice = self.chooser.random()
        if choice < 0.3:
            return self.chooser.choice(FIRMS)
        if choice < 0.55:
            return f"{self.chooser.choice(FIRST_PARTS)} {self.chooser.choice(LAST_PARTS)}"
        if choice < 0.65:
            return self.chooser.choice(FIRST_PARTS) + self.chooser.choice(FIRST_PARTS).lower()
        if choice < 0.72:
            kind = self.chooser.choice(
                ("General Hospital", "University", "Medical Center", "City Council", "Clinic")
            )
            return f"{self.city()} {kind}"
        locale = self.locale()
        return self._pool(locale, "company", self._locales[locale].company)

    def date(self) -> str:
        day = self._english.date_between_dates(*_DAYS)
        form = self.chooser.choice(
            ("%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%B %d, %Y", "%d %B %Y", "%b %d %Y", "%d %b %y", "%m/%d/%y",
             "%A, %B %d", "%B %Y", "%d-%b-%Y")
        )  # fmt: skip
        return day.strftime(form)

    def thing(self) -> str:
        return self.chooser.choice(THINGS)

    def of(self, slot: str) -> str:
        """Return a value for a slot that stands for no bound person. Raises KeyError for an unknown one."""
        choose, number = self.chooser.choice, self.chooser.randrange
        if slot in _MADE:
            return str(getattr(self, slot)())
        if slot in _LISTS:
            return choose(_LISTS[slot])
        match slot:
            case "product":
                return f"{choose(MADE)} {choose(GOODS)}"
            case "small":
                return str(number(1, 1000))
            case "number":
                return str(number(1, 400))
            case "plain":
                return f"{number(1, 9000)}.{number(100):02d}"
            case "amount":
                return f"{choose(('$', '€', '£', 'USD ', 'EUR '))}{number(1, 90000):,}.{number(100):02d}"
            case "year":
                return str(number(1950, 2027))
            case "month_year":
                return f"{number(1, 13):02d}/{number(20, 35)}"
            case "time":
                return f"{number(24):02d}:{number(60):02d}"
            case "age":
                return str(number(2, 98))
            case "stamp":
                return f"20{number(10, 27)}-{number(1, 13):02d}-{number(1, 29):02d}T{number(24):02d}:{number(60):02d}:07Z"
            case "id":
                return self._english.bothify(
                    choose(("########", "??######", "###-##-####", "MRN-######", "#######-?"))
                )
            case "phone":
                return self._english.phone_number()
            case "card":
                return self._english.credit_card_number()
            case "ip":
                return self._english.ipv4()
            case "email":
                return self.person().email
            case _:
                raise KeyError(slot)


_MADE = ("city", "country", "place", "street", "zip", "address", "address_lines", "org", "date")
_LISTS: dict[str, list[str]] = {
    "state": [*STATES, "California", "Texas", "Ohio", "New South Wales", "Bavaria", "Ontario", "Kent", "Yorkshire"],
    "condition": CONDITIONS, "drug": DRUGS, "procedure": PROCEDURES, "dose": DOSES, "job": JOBS, "topic": TOPICS,
    "word": WORDS, "Thing": THINGS, "color": COLORS, "relation": RELATIONS, "adjective": ADJECTIVES, "quote": QUOTES,
    "weekday": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
}  # fmt: skip
