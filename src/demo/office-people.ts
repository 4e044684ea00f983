/** One person of the made-up office: name, e-mail (null: none), phone, role. Numbers are those kept for fiction. */
export type Person = readonly [name: string, email: string | null, phone: string, role: string];

/** People whom nothing special happens to. */
export const PEOPLE: readonly Person[] = [
  ['Emma Wilson', 'emma.wilson@example.com', '0491 570 006', 'vendor'],
  ['Aroha Ngata', 'aroha.ngata@example.org', '+64 21 555 0101', 'vendor'],
  ['Liam O’Connor', 'liam.oconnor@example.com', '0491 570 156', 'buyer'],
  ['Priya Raghunathan', 'priya.r@example.net', '0491 570 157', 'buyer'],
  ['Wiremu Parata', 'wiremu.parata@example.org', '+64 21 555 0102', 'vendor'],
  ['Charlotte van der Merwe', 'charlotte.vdm@example.com', '0491 570 158', 'buyer'],
  ['Nguyễn Thị Hạnh', 'hanh.nguyen@example.net', '0491 570 159', 'buyer'],
  ['Jack Papadopoulos', 'jack.papadopoulos@example.com', '0491 570 110', 'vendor'],
  ['Sina Leavai', 'sina.leavai@example.org', '+64 21 555 0103', 'market'],
  ['Hamish McAllister', 'hamish.mcallister@example.com', '0491 570 313', 'vendor'],
  ['Yuki Tanaka', 'yuki.tanaka@example.net', '0491 570 737', 'buyer'],
  ['Olivia D’Souza', 'olivia.dsouza@example.com', '0491 571 266', 'market'],
  ['Tāne Walker', 'tane.walker@example.org', '+64 21 555 0104', 'tradesperson'],
  ['Grace Kim', 'grace.kim@example.net', '0491 571 491', 'buyer'],
  ['Ben Whitlock', 'ben.whitlock@example.com', '0491 571 804', 'tradesperson'],
  ['Fatima Al-Sayed', 'fatima.alsayed@example.net', '0491 572 549', 'buyer'],
  ['Tom Hargreaves', 'tom.hargreaves@example.com', '0491 572 665', 'vendor'],
  ['Mia Castellano', 'mia.castellano@example.com', '0491 572 983', 'market'],
  ['Rajesh Patel', 'rajesh.patel@example.net', '0491 573 770', 'vendor'],
  ['Isla Buchanan', 'isla.buchanan@example.com', '0491 573 087', 'buyer'],
  ['Hone Tautari', 'hone.tautari@example.org', '+64 21 555 0105', 'agent'],
  ['Zoe Petrakis', 'zoe.petrakis@example.com', '0491 574 118', 'market'],
  ['Noah Lindqvist', 'noah.lindqvist@example.net', '0491 574 632', 'buyer'],
  ['Ruby Fitzgerald', 'ruby.fitzgerald@example.com', '0491 575 254', 'vendor'],
  ['Siosaia Fifita', 'siosaia.fifita@example.org', '+64 21 555 0106', 'tradesperson'],
  ['Amelia Brandt', 'amelia.brandt@example.net', '0491 575 789', 'market'],
  ['Daniel Okafor', 'daniel.okafor@example.com', '0491 576 398', 'buyer'],
  ['Kiri Hohepa', 'kiri.hohepa@example.org', '+64 21 555 0107', 'vendor'],
  ['William Ashcroft-Jones', 'w.ashcroft@example.com', '0491 576 801', 'other'],
];

/** People who come with something to get right. */
export const SPECIAL_PEOPLE = {
  /** The CRM has them already, written otherwise. */
  known: [
    ['Sophie Marchetti', 'Sophie.Marchetti@Example.com', '0491 577 426', 'vendor'],
    ['Angus Blackwood', 'angus.blackwood@example.com', '0491 577 644', 'buyer'],
    ['Marama Rewi', 'marama.rewi@example.org', '+64 21 555 0108', 'vendor'],
  ],
  /** A couple with one mailbox: one CRM record, and the newest of them speaks for it. */
  couple: [
    ['Sione Tuilagi', 'tuilagi.family@example.org', '+64 21 555 0109', 'buyer'],
    ['Mele Tuilagi', 'tuilagi.family@example.org', '+64 21 555 0110', 'buyer'],
  ],
  withoutEmail: ['Doris Pettigrew', null, '(02) 5550 0182', 'vendor'],
  oneWord: ['Sukarno', 'sukarno@example.net', '0491 578 957', 'buyer'],
  otherScripts: [
    ['林 美玲', 'meiling.lin@example.net', '0491 578 148', 'buyer'],
    ['محمد الحسيني', 'm.alhusseini@example.net', '0491 578 888', 'market'],
  ],
  /** An e-mail that can be one, and that no CRM takes. */
  refused: ['Kevin Sandgate', 'kevin@example', '0491 579 212', 'market'],
  /** Leaves during the demo. */
  leaving: ['Patricia Holloway', 'patricia.holloway@example.com', '0491 579 760', 'market'],
} as const satisfies Readonly<Record<string, Person | readonly Person[]>>;

/** What people ring about. */
export const NOTES: readonly string[] = [
  'Prefers a call after 5 pm',
  'Pre-approved to 1.2 million',
  'Looking for three bedrooms near a school',
  'Wants to sell before winter',
  'Asked for the building report',
  'Came to the open home with her parents',
  'Has a dog; needs a fenced garden',
  'Sent the comparable sales',
  'Would take a long settlement',
  'Met at the Saturday auction',
];
