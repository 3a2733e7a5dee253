export type Environment = Readonly<Record<string, string | undefined>>;

/** The secrets and places that only the environment tells; none of them ever goes into the record or a message. */
export const SETTINGS = {
  slackToken: 'SLACK_BOT_TOKEN',
  slackAppToken: 'SLACK_APP_TOKEN',
  /** Of GovSlack, or of a proxy of one's own: "https://slack-gov.com/api/". */
  slackApi: 'SLACK_API_URL',
  callbackSecret: 'BEDROCK_CALLBACK_SECRET',
} as const;
