/** Ids of what tests and the demo speak of by name; the same in every seed. */
export const seedIds = {
  company: { harbor: 'cmpHarborGroup000001', foreign: 'cmpForeignAgency0001' },
  location: {
    /** America/New_York, where most contacts are. */
    main: 'locMainNewYork000001',
    /** Europe/Berlin. */
    berlin: 'locBerlinSpree000001',
    /** Asia/Kolkata. */
    kolkata: 'locKolkataPark000001',
    /** Of the foreign company. */
    foreign: 'locForeignReno000001',
  },
  user: {
    /** Agency owner: listed in no location. */
    owner: 'usrAgencyOwner000001',
    agencyUser: 'usrAgencyStaff000001',
    /** Admin of the main location and of Berlin. */
    admin: 'usrMainAdmin00000001',
    /** Ordinary user of the main location. */
    rep: 'usrMainRep0000000001',
    /** Ordinary user of the main location who sees assigned data only. */
    restricted: 'usrRestrictedRep0001',
    deleted: 'usrDeletedRep0000001',
    berlinRep: 'usrBerlinRep00000001',
    kolkataAdmin: 'usrKolkataAdmin00001',
    foreignAdmin: 'usrForeignAdmin00001',
  },
  contact: {
    /** Phone, thread, tags, tasks, notes: all in order. Assigned to the rep. */
    maya: 'conMayaOkafor0000001',
    /** A thread of 64 messages. */
    jonas: 'conJonasLongThread01',
    noPhone: 'conPriyaNoPhone00001',
    dndSms: 'conTomasDndSms000001',
    dndPermanent: 'conInesDndForever001',
    dndGlobal: 'conWeiDndGlobal00001',
    /** Assigned to the restricted user. */
    assigned: 'conNoorAssigned00001',
    /** Texts to this one fail after they were sent. */
    failing: 'conOlafFailing000001',
    undelivered: 'conRuthUndelivered01',
    /** The send is refused by the carrier. */
    unsubscribed: 'conLeifUnsubscribed1',
    htmlName: 'conHtmlName000000001',
    longName: 'conLongName000000001',
    /** Only an e-mail. */
    nameless: 'conNameless000000001',
    /** Has a phone, never texted. */
    fresh: 'conFreshNoThread0001',
    berlin: 'conBerlinAnneliese01',
    kolkata: 'conKolkataArjun00001',
    foreign: 'conForeignDolores001',
  },
  /** Of SMS. */
  conversationProvider: {
    /** The app's, which a location can choose in the place of its own numbers. */
    ours: 'cpvWrapupTexts000001',
    /** The app's, too, as a channel of its own. */
    oursExtra: 'cpvWrapupExtra000001',
    /** Of another app. */
    foreign: 'cpvForeignTexts00001',
  },
} as const
