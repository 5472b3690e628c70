// A running sandbox seen from Node: pools and people that tests make, the inbox, the clock.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import * as OTPAuth from "otpauth";

export const API = process.env.SANDBOX_API;
export const CONTROL = process.env.SANDBOX_CONTROL;
export const PASSWORD = "Correct-Horse-7";
const AUTHORIZATION =
  "AWS4-HMAC-SHA256 Credential=any/20260101/eu-central-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=0";
const SMS_CONFIGURATION = {
  SnsCallerArn: "arn:aws:iam::123456789012:role/sms",
  ExternalId: "sandbox",
};
const FACTORS = {
  SMS: { SmsMfaConfiguration: { SmsConfiguration: SMS_CONFIGURATION } },
  TOTP: { SoftwareTokenMfaConfiguration: { Enabled: true } },
  EMAIL: { EmailMfaConfiguration: {} },
};

/** An operation of an administrator. */
export async function admin(operation, body) {
  const reply = await fetch(API, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": `AWSCognitoIdentityProviderService.${operation}`,
      Authorization: AUTHORIZATION,
    },
    body: JSON.stringify(body),
  });
  const text = await reply.text();
  assert.equal(reply.status, 200, text);
  return text ? JSON.parse(text) : undefined;
}

async function control(method, path, body) {
  const reply = await fetch(CONTROL + path, { method, body: body && JSON.stringify(body) });
  assert.equal(reply.status, 200);
  return reply.json();
}

/** A pool with a client. factors: names of FACTORS; settings: members of CreateUserPool. */
export async function makePool(mode = "OFF", factors = [], settings = {}) {
  const { UserPool } = await admin("CreateUserPool", {
    PoolName: "clients",
    SmsConfiguration: SMS_CONFIGURATION,
    EmailConfiguration: {
      EmailSendingAccount: "DEVELOPER",
      SourceArn: "arn:aws:ses:eu-central-1:123456789012:identity/a@example.com",
    },
    AutoVerifiedAttributes: ["email", "phone_number"],
    ...settings,
  });
  const { UserPoolClient } = await admin("CreateUserPoolClient", {
    UserPoolId: UserPool.Id,
    ClientName: "clients",
    ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
  });
  if (mode !== "OFF") {
    const blocks = Object.assign({}, ...factors.map((factor) => FACTORS[factor]));
    await admin("SetUserPoolMfaConfig", {
      UserPoolId: UserPool.Id,
      MfaConfiguration: mode,
      ...blocks,
    });
  }
  return { id: UserPool.Id, client: UserPoolClient.ClientId };
}

/** Somebody new; has: which of e-mail and phone they have, verified. */
export async function makePerson(pool, has = [], { temporary = false } = {}) {
  const name = `u${randomBytes(6).toString("hex")}`;
  const digits = Array.from(randomBytes(6), (byte) => byte % 10).join("");
  const values = { email: `${name}@example.com`, phone_number: `+61491${digits}` };
  const UserAttributes = has.flatMap((attribute) => [
    { Name: attribute, Value: values[attribute] },
    { Name: `${attribute}_verified`, Value: "true" },
  ]);
  const who = { UserPoolId: pool.id, Username: name };
  await admin("AdminCreateUser", {
    ...who,
    TemporaryPassword: PASSWORD,
    MessageAction: "SUPPRESS",
    UserAttributes,
  });
  if (!temporary) {
    await admin("AdminSetUserPassword", { ...who, Password: PASSWORD, Permanent: true });
  }
  return { name, email: values.email, phone: values.phone_number, who };
}

/** Which factors somebody has activated, and the preferred one. */
export async function prefer(person, settings) {
  await admin("AdminSetUserMFAPreference", { ...person.who, ...settings });
}

/** The newest code sent to an address or number. */
export async function codeSentTo(destination) {
  const [newest] = await control(
    "GET",
    `/inbox.json?destination=${encodeURIComponent(destination)}`,
  );
  return newest.code;
}

/** Let the sandbox's time stand still in the middle of a 30-second step. */
export async function standStill() {
  const { now } = await control("POST", "/clock", { runs: false });
  await control("POST", "/clock", { advance: 15 - (now % 30) });
}

/** The code an authenticator app shows some 30-second steps from the sandbox's now. */
export async function appCode(secret, steps = 0) {
  const { now } = await control("GET", "/clock");
  return new OTPAuth.TOTP({ secret }).generate({ timestamp: (now + 30 * steps) * 1000 });
}
