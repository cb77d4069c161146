/**
 * Writes examples/users.csv: 1,000 invented people for trying an import. The same file at every run.
 *
 *     node dev/sample/make-sample.mjs [FILE]
 *
 * The addresses are on domains for examples (RFC 2606), the names are from many languages so that a reader of ASCII
 * only fails, and some cells need quotes. No password is in use.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROWS = 1000;
const SEED = 20_261_101;

/**
 * @typedef {() => number} Random a number from 0 to 1, 1 excluded
 * @typedef {{ name: string, ascii: string }} Name as written, and as spelled in an address
 */

const HEADER = 'email,first_name,last_name,role,tenant_id,initial_password,department'.split(',');

/**
 * Letters that are no accented form of an ASCII letter.
 *
 * @type {Record<string, string>}
 */
const SPELLINGS = { ł: 'l', ø: 'o', đ: 'd', ð: 'd', þ: 'th', æ: 'ae', ß: 'ss', ı: 'i' };

/**
 * Given names, then family names. A name in another script than Latin is followed by `|` and its spelling in the
 * address.
 */
const NAMES = [
  culture(
    'Alice Robert Grace Samuel Charlotte Daniel Mary-Jane Oliver',
    "Smith Jones Taylor Walker O'Brien Baker Hughes Fitz-Gerald",
  ),
  culture(
    'Zoë Jürgen Käthe Björn Anneliese Günther Ulrike Sören',
    'Müller Weiß Schröder Groß Kühn Vogel Jäger Köhler',
  ),
  culture(
    'Chloé François Hélène Jean-Luc Aimée Benoît Maëlle Gaëtan',
    "Lefèvre D'Aubigné Côté Garçon Dupont-Martin Béranger L'Hôpital Noël",
  ),
  culture(
    'José María Íñigo Begoña Andrés Lucía Nicolás Ximena',
    'Muñoz García-Lorca Núñez Peña Ibáñez Fernández Güell Castaño',
  ),
  culture(
    'João Conceição Inês Antão Luís Mónica Tomás Graça',
    'Magalhães Araújo Conceição Simões Falcão Guimarães Luz Brandão',
  ),
  culture(
    'Łukasz Małgorzata Wojciech Zofia Stanisław Agnieszka Michał Żaneta',
    'Wójcik Kowalczyk Dąbrowski Zieliński Świątek Żak Łuczak Błaszczyk',
  ),
  culture(
    'Jiří Kateřina Ondřej Božena Luboš Šárka Zdeněk Růžena',
    'Dvořák Nováková Černý Říha Šťastný Kučera Žižka Ježek',
  ),
  culture(
    'Åse Øystein Gro Bjørn Kåre Sigrið Þóra Ægir',
    'Sørensen Åkesson Bjørk Øvergård Lindqvist Jónsdóttir Guðmundsson Hagå',
  ),
  culture(
    'Ayşe İbrahim Gülşen Çağla Oğuz Şükrü Yıldız Emre',
    'Yılmaz Öztürk Çelik Şahin Kılıç Doğan Güneş Işık',
  ),
  culture('Nguyệt Đức Hương Tuấn Thảo Quỳnh Dũng Ánh', 'Nguyễn Trần Lê Phạm Đặng Bùi Hồ Võ'),
  culture(
    'Анна|anna Иван|ivan Ольга|olga Пётр|pyotr Юлия|yuliya Фёдор|fyodor',
    'Щербаков|shcherbakov Кузнецова|kuznetsova Попов|popov Ёлкина|yolkina Чехов|chekhov Жуков|zhukov',
  ),
  culture(
    'Олена|olena Тарас|taras Їржі|yirzhi Ганна|hanna Євген|yevhen',
    'Шевченко|shevchenko Коваленко|kovalenko Ґудзь|gudz Бойко|boiko',
  ),
  culture(
    'Ελένη|eleni Γιώργος|giorgos Μαρία|maria Νίκος|nikos Σοφία|sofia',
    'Παπαδόπουλος|papadopoulos Νικολαΐδης|nikolaidis Γεωργίου|georgiou Αγγέλου|angelou',
  ),
  culture(
    'فاطمة|fatima يوسف|yusuf ليلى|layla عمر|omar نور|nour',
    'الحسن|alhassan حداد|haddad منصور|mansour خليل|khalil',
  ),
  culture(
    'שרה|sarah יעקב|yaakov נועה|noa אברהם|avraham תמר|tamar',
    'כהן|cohen לוי|levi מזרחי|mizrahi פרידמן|friedman',
  ),
  culture(
    'अनिता|anita राजेश|rajesh प्रिया|priya विक्रम|vikram मीरा|meera',
    'शर्मा|sharma पटेल|patel गुप्ता|gupta सिंह|singh',
  ),
  culture('伟|wei 秀英|xiuying 静|jing 磊|lei 婷婷|tingting', '王|wang 李|li 张|zhang 欧阳|ouyang'),
  culture(
    '陽子|yoko 健太|kenta さくら|sakura 翔|sho ゆうき|yuki',
    '佐藤|sato 鈴木|suzuki 高橋|takahashi 髙﨑|takasaki',
  ),
  culture('민준|minjun 서연|seoyeon 지훈|jihoon 하은|haeun', '김|kim 이|lee 박|park 최|choi'),
  culture(
    'ნინო|nino გიორგი|giorgi თამარ|tamar ლევანი|levani',
    'ბერიძე|beridze კაპანაძე|kapanadze მაისურაძე|maisuradze',
  ),
  culture(
    'Chidinma Olúwaṣeun Ngozi Kwabena Wanjirũ Thabo',
    "Adébáyò N'Diaye Okonkwo Mensah Mwangi Dlamini",
  ),
  culture(
    "Keahi Leilani Ka'iulani Aroha Wiremu Tāne",
    'Kealoha Kamakaʻeha Ngāta Tūhoe Māhina Parata',
  ),
];

const NICKNAMES = ['Ace', 'Red', 'Sunny', 'Tex'];
const SUFFIXES = ['Jr.', 'Sr.', 'III', 'PhD'];
const DEPARTMENTS =
  'Sales|Support|Finance|R&D|Human Resources|Legal|IT|Facilities|Research, Applied||'.split('|');
const WORDS =
  'amber birch copper delta ember fjord granite harbor indigo juniper kettle lantern'.split(' ');
/** Letters and digits that are not mistaken for each other. */
const LETTERS = Array.from('abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789');
const SIGNS = ['!', '?', '%', '&', '*', '#', '_', ';', ':', '.', '~', ' ', ',', '"'];

/** The file's text: a header and `rows` people, UTF-8, LF. */
export function exampleCsv(rows = ROWS) {
  const random = mulberry32(SEED);
  /** @type {Set<string>} */
  const taken = new Set();
  const people = Array.from({ length: rows }, () => person(random, taken));
  return [HEADER, ...people].map((row) => row.map(cell).join(',') + '\n').join('');
}

/**
 * @param {Random} random
 * @param {Set<string>} taken
 */
function person(random, taken) {
  const { given, family } = pick(random, NAMES);
  const first = pick(random, given);
  const last = pick(random, family);
  const english = given === NAMES[0]?.given;
  return [
    address(random, first, last, taken),
    english && random() < 0.2 ? `${first.name} "${pick(random, NICKNAMES)}"` : first.name,
    english && random() < 0.4 ? `${last.name}, ${pick(random, SUFFIXES)}` : last.name,
    weighted(random, { admin: 2, support: 10, user: 88 }),
    weighted(random, { t1: 45, t2: 30, t3: 20, t4: 5 }),
    random() < 0.25 ? password(random) : '',
    pick(random, DEPARTMENTS),
  ];
}

/**
 * `first.last@…`, with a number when the address is taken.
 *
 * @param {Random} random
 * @param {Name} first
 * @param {Name} last
 * @param {Set<string>} taken
 */
function address(random, first, last, taken) {
  const host = pick(random, ['example.com', 'example.org', 'example.net']);
  const local = `${first.ascii}.${last.ascii}`;
  for (let n = 1; ; n++) {
    const email = `${local}${n === 1 ? '' : n}@${host}`;
    if (taken.has(email)) continue;
    taken.add(email);
    return email;
  }
}

/**
 * 8 to 20 characters, in several styles. Never begins with a sign, which a spreadsheet could take for a formula.
 *
 * @param {Random} random
 */
function password(random) {
  const digits = () => String(Math.floor(random() * 900) + 100);
  const letters = (/** @type {number} */ n) =>
    Array.from({ length: n }, () => pick(random, LETTERS)).join('');
  const styles = [
    () => `${pick(random, WORDS)}-${pick(random, WORDS)}-${digits()}`,
    () => letters(8 + Math.floor(random() * 13)),
    () => `${letters(4)}${pick(random, SIGNS)}${letters(4)}${pick(random, SIGNS)}${digits()}`,
    () => `Ünï${letters(5)}ß${digits()}`,
  ];
  return pick(random, styles)();
}

/**
 * @param {string} given
 * @param {string} family
 */
function culture(given, family) {
  return { given: given.split(' ').map(parseName), family: family.split(' ').map(parseName) };
}

/**
 * @param {string} entry
 * @returns {Name}
 */
function parseName(entry) {
  const [name = '', ascii = asciiOf(name)] = entry.split('|');
  return { name, ascii };
}

/**
 * @param {string} name
 */
function asciiOf(name) {
  const plain = name.normalize('NFD').toLowerCase().replace(/\p{M}/gu, '');
  return plain.replace(/[^a-z-]/g, (char) => SPELLINGS[char] ?? '');
}

/**
 * RFC 4180: quotes only where they are needed.
 *
 * @param {string} text
 */
function cell(text) {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * @template T
 * @param {Random} random
 * @param {readonly T[]} list
 * @returns {T}
 */
function pick(random, list) {
  return /** @type {T} */ (list[Math.floor(random() * list.length)]);
}

/**
 * @param {Random} random
 * @param {Record<string, number>} weights
 */
function weighted(random, weights) {
  const list = Object.entries(weights).flatMap(([value, weight]) =>
    Array.from({ length: weight }, () => value),
  );
  return pick(random, list);
}

/**
 * A small generator of known numbers: Math.random cannot be seeded.
 *
 * @param {number} seed
 * @returns {Random}
 */
function mulberry32(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file =
    process.argv[2] ?? fileURLToPath(new URL('../../examples/users.csv', import.meta.url));
  writeFileSync(file, exampleCsv());
}
