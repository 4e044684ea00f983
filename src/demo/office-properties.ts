/** The made-up office's properties. The first two stand in the CRM already, written otherwise. */
export const ADDRESSES: readonly string[] = [
  '14 Rata Street, Ponsonby, Auckland 1011',
  'Unit 5, 12 Wharf Road, Balmain NSW 2041',
  '88 Kauri Avenue, Remuera, Auckland 1050',
  '3 Jacaranda Place, Toowong QLD 4066',
  '27 Banksia Crescent, Eltham VIC 3095',
  '101 Marine Parade, Mount Maunganui 3116',
  '9A Totara Lane, Khandallah, Wellington 6035',
  '46 Wattle Grove, Unley SA 5061',
  '2/60 Beach Road, Bondi NSW 2026',
  '7 Pōhutukawa Drive, Devonport, Auckland 0624',
  '315 Great North Highway, Katoomba NSW 2780',
  '18 Tūī Terrace, Merivale, Christchurch 8014',
  '52 Stirling Street, Fremantle WA 6160',
  '11 Harbour View Court, Sandy Bay TAS 7005',
  '230 Flinders Lane, Melbourne VIC 3000',
];

/** The way of a deal. */
export const STAGES = ['appraisal', 'listed', 'open homes', 'offer', 'under contract', 'settled'] as const;

export const MILESTONES = ['appraised', 'listed', 'first open home', 'auction', 'settlement'] as const;

export const RISKS: readonly string[] = ['finance', 'building report', 'late settlement', 'quiet buyer'];

export const NEXT_ACTIONS: readonly string[] = [
  'Call the vendor about the price',
  'Send the contract',
  'Book the photographer',
  'Confirm the auction date',
  'Ask the bank for the approval',
];
