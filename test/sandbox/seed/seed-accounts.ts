import type {
  SandboxCompany,
  SandboxLocation,
  SandboxPhoneNumber,
  SandboxTemplate,
  SandboxUser,
} from '../state.ts'
import { seedIds } from './seed-ids.ts'

const { company, location, user } = seedIds

export const seedCompanies: SandboxCompany[] = [
  { id: company.harbor, name: 'Harbor Group' },
  { id: company.foreign, name: 'Desert Agency' },
]

export const seedLocations: SandboxLocation[] = [
  {
    id: location.main,
    companyId: company.harbor,
    name: 'Harbor Home Services',
    timezone: 'America/New_York',
    country: 'US',
    address: '12 Maple Street',
    active: true,
    smsProviderId: null,
  },
  {
    id: location.berlin,
    companyId: company.harbor,
    name: 'Spree Physio',
    timezone: 'Europe/Berlin',
    country: 'DE',
    address: 'Uferweg 5',
    active: true,
    smsProviderId: null,
  },
  {
    id: location.kolkata,
    companyId: company.harbor,
    name: 'Park Street Dental',
    timezone: 'Asia/Kolkata',
    country: 'IN',
    address: '8 Park Street',
    active: true,
    smsProviderId: null,
  },
  {
    id: location.foreign,
    companyId: company.foreign,
    name: 'Reno Roofing',
    timezone: 'America/Los_Angeles',
    country: 'US',
    address: '900 Sage Road',
    active: true,
    smsProviderId: null,
  },
]

type Person = Pick<SandboxUser, 'id' | 'firstName' | 'lastName' | 'roles'> & Partial<SandboxUser>

function person({ permissions, ...given }: Person): SandboxUser {
  return {
    companyId: company.harbor,
    email: `${given.firstName}.${given.lastName}`.toLowerCase().replace(/[^a-z.]/g, '') + '@example.com',
    phone: '+12125550190',
    deleted: false,
    permissions: permissions ?? {
      assignedDataOnly: false,
      contactsEnabled: true,
      conversationsEnabled: true,
      tagsEnabled: true,
    },
    ...given,
  }
}

export const seedUsers: SandboxUser[] = [
  person({
    id: user.owner,
    firstName: 'Olivia',
    lastName: 'Harbor',
    roles: { type: 'agency', role: 'admin', locationIds: [] },
  }),
  person({
    id: user.agencyUser,
    firstName: 'Ravi',
    lastName: 'Menon',
    roles: { type: 'agency', role: 'user', locationIds: [] },
  }),
  person({
    id: user.admin,
    firstName: 'Dana',
    lastName: 'Whitaker',
    roles: { type: 'account', role: 'admin', locationIds: [location.main, location.berlin] },
  }),
  person({
    id: user.rep,
    firstName: 'Miguel',
    lastName: 'Santos',
    roles: { type: 'account', role: 'user', locationIds: [location.main] },
  }),
  person({
    id: user.restricted,
    firstName: 'Tess',
    lastName: 'Novák',
    roles: { type: 'account', role: 'user', locationIds: [location.main] },
    permissions: {
      assignedDataOnly: true,
      contactsEnabled: true,
      conversationsEnabled: true,
      tagsEnabled: true,
    },
  }),
  person({
    id: user.deleted,
    firstName: 'Gone',
    lastName: 'Colleague',
    deleted: true,
    roles: { type: 'account', role: 'user', locationIds: [location.main] },
  }),
  person({
    id: user.berlinRep,
    firstName: 'Jörg',
    lastName: 'Kessler',
    roles: { type: 'account', role: 'user', locationIds: [location.berlin] },
  }),
  person({
    id: user.kolkataAdmin,
    firstName: 'Ananya',
    lastName: 'Banerjee',
    roles: { type: 'account', role: 'admin', locationIds: [location.kolkata] },
  }),
  person({
    id: user.foreignAdmin,
    companyId: company.foreign,
    firstName: 'Hank',
    lastName: 'Sagebrush',
    roles: { type: 'account', role: 'admin', locationIds: [location.foreign] },
  }),
]

export const seedPhoneNumbers: SandboxPhoneNumber[] = [
  { locationId: location.main, phoneNumber: '+12125550110', friendlyName: 'Front desk', isDefault: true },
  { locationId: location.main, phoneNumber: '+12125550111', friendlyName: 'Sales', isDefault: false },
  { locationId: location.berlin, phoneNumber: '+493023125110', friendlyName: 'Empfang', isDefault: true },
  { locationId: location.kolkata, phoneNumber: '+12125550112', friendlyName: 'Reception', isDefault: true },
  { locationId: location.foreign, phoneNumber: '+12135550113', friendlyName: 'Office', isDefault: true },
]

export const seedTemplates: SandboxTemplate[] = [
  {
    id: 'tplConfirm0000000001',
    locationId: location.main,
    name: 'Confirm appointment',
    body: 'Hi {{contact.first_name}}, your appointment is confirmed. Reply C to confirm or R to reschedule.',
  },
  {
    id: 'tplReview00000000001',
    locationId: location.main,
    name: 'Ask for a review',
    body: 'Thank you, {{contact.first_name}}! A short review would mean a lot to us: https://example.com/review',
  },
  {
    id: 'tplBerlin00000000001',
    locationId: location.berlin,
    name: 'Termin',
    body: 'Guten Tag {{contact.first_name}}, Ihr Termin ist bestätigt.',
  },
]
