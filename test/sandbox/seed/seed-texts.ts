/** Small talk of a business with its contacts: what they write, what is written to them. */
export const inboundTexts = [
  'Hi! Is the Thursday slot still free?',
  'Thanks, that works for me 👍',
  'Can you send the quote again please? I can’t find it.',
  'Running 10 min late, sorry!',
  'How much would it be for two people?',
  'Perfect.',
  'Could we move it to next week? My son is ill.',
  'I talked to my wife, we’d like to go ahead.',
  'Do you also work on Saturdays?',
  'Is parking available near you?',
  'Who is this?',
  'Great service today, thank you so much! ❤️',
  '¿Tienen a alguien que hable español?',
  'merci beaucoup, à bientôt',
  'شكراً جزيلاً',
  'ありがとうございます。',
  'What documents do I need to bring?',
  'The link does not open on my phone: https://example.com/book?id=4711&ref=sms',
  'ok',
  'Please call me after 5, I’m at work until then. If I don’t pick up just leave a message and I will get back to you tonight.',
] as const

export const outboundTexts = [
  'Hi, this is Dana from Harbor Home. Thanks for reaching out! When is a good time for a quick call?',
  'Yes, Thursday 3:30 pm is still free. Shall I book it for you?',
  'Your appointment is confirmed for tomorrow at 10:00 AM. Reply C to confirm or R to reschedule.',
  'No problem at all, see you soon.',
  'I just sent the quote to your e-mail again. Let me know if it does not arrive.',
  'For two people it is $180 in total, materials included.',
  'Just checking in: did you have a chance to look at the proposal?',
  'We have an opening on Saturday morning. Would that help?',
  'Parking is right behind the building, entrance on Maple Street.',
  'Thank you! If you have a minute, a short review would mean a lot to us: https://example.com/review',
  'Please bring your ID and last year’s statement <original, not a copy>.',
  'Wonderful, welcome aboard!',
] as const

export const replyTexts = [
  'Got it, thank you!',
  'Sounds good 👍',
  'Can we talk tomorrow instead?',
  'Yes please.',
  'What would that cost?',
  'Perfect, see you then.',
] as const

export const taskTitles = [
  'Call back about the quote',
  'Send the contract',
  'Check whether documents arrived',
  'Ask for a review',
  'Confirm Saturday appointment',
  'Follow up on financing',
  'Prepare the proposal',
  'Birthday card',
  'Remind of open invoice',
] as const

export const noteTexts = [
  'Prefers texts to calls. Usually answers in the evening.',
  'Spoke on the phone for 20 minutes: interested in the larger package, wants to compare with a competitor first.',
  'Has two dogs; mind the gate.',
  'Budget is around $4,000. Decision together with partner.\nNext step: send references.',
  'Asked for an invoice with <b>company address</b> & VAT number.',
  'Met at the spring fair. Very friendly.',
] as const
