/** Whether a phone number is written as E.164 has it: "+", the country, the number, and nothing else. */
export const isE164 = (phone: string): boolean => /^\+[1-9]\d{6,14}$/.test(phone)
