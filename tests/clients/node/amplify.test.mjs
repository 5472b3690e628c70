// aws-amplify on Node: sign-in by SRP with every challenge, set-up, preference, devices.

import assert from "node:assert/strict";
import { afterEach, before, test } from "node:test";

import { Amplify } from "aws-amplify";
import {
  confirmResetPassword,
  confirmSignIn,
  confirmSignUp,
  fetchAuthSession,
  fetchDevices,
  fetchMFAPreference,
  fetchUserAttributes,
  forgetDevice,
  getCurrentUser,
  rememberDevice,
  resetPassword,
  setUpTOTP,
  signIn,
  signOut,
  signUp,
  updateMFAPreference,
  updatePassword,
  verifyTOTPSetup,
} from "aws-amplify/auth";

import {
  API,
  PASSWORD,
  admin,
  appCode,
  codeSentTo,
  makePerson,
  makePool,
  prefer,
  standStill,
} from "./kit.mjs";

const ALL = ["SMS", "TOTP", "EMAIL"];
const BOTH = ["email", "phone_number"];
const NOTHING = { enabled: undefined, preferred: undefined };
const ON = { Enabled: true, PreferredMfa: false };
const FIRST = { Enabled: true, PreferredMfa: true };

// Amplify names a device after the browser, and without a name it confirms none.
globalThis.navigator ??= { userAgent: "Node" };

before(standStill);
afterEach(() => signOut());

function use(pool) {
  Amplify.configure({
    Auth: {
      Cognito: { userPoolId: pool.id, userPoolClientId: pool.client, userPoolEndpoint: API },
    },
  });
}

async function step(person, password = PASSWORD) {
  const { nextStep } = await signIn({ username: person.name, password });
  return nextStep;
}

async function answer(challengeResponse) {
  const { nextStep } = await confirmSignIn({ challengeResponse });
  return nextStep;
}

async function inPool(mode, factors, has, settings) {
  const pool = await makePool(mode, factors, settings);
  use(pool);
  return makePerson(pool, has);
}

async function setUpApp() {
  const { sharedSecret } = await setUpTOTP();
  await verifyTOTPSetup({ code: await appCode(sharedSecret, -1) });
  return sharedSecret;
}

test("C110 signs in by SRP", async () => {
  const person = await inPool("OFF", [], ["email"]);
  assert.equal((await step(person)).signInStep, "DONE");
  assert.equal((await getCurrentUser()).username, person.name);
  assert.equal((await fetchUserAttributes()).email, person.email);
  const { tokens } = await fetchAuthSession();
  assert.equal(tokens.accessToken.payload.scope, "aws.cognito.signin.user.admin");
});

test("C072 a wrong password has its name and words", async () => {
  const person = await inPool("OFF", [], []);
  await assert.rejects(step(person, "Wrong-Horse-7"), {
    name: "NotAuthorizedException",
    message: "Incorrect username or password.",
  });
});

test("renews its tokens", async () => {
  const person = await inPool("OFF", [], []);
  await step(person);
  const before = (await fetchAuthSession()).tokens.accessToken;
  const after = (await fetchAuthSession({ forceRefresh: true })).tokens.accessToken;
  assert.notEqual(after.toString(), before.toString());
  assert.equal(after.payload.origin_jti, before.payload.origin_jti);
});

test("C086 SMS_MFA", async () => {
  const person = await inPool("OPTIONAL", ALL, BOTH);
  await prefer(person, { SMSMfaSettings: FIRST });
  const asked = await step(person);
  assert.equal(asked.signInStep, "CONFIRM_SIGN_IN_WITH_SMS_CODE");
  assert.equal(asked.codeDeliveryDetails.deliveryMedium, "SMS");
  assert.equal((await answer(await codeSentTo(person.phone))).signInStep, "DONE");
});

test("EMAIL_OTP", async () => {
  const person = await inPool("OPTIONAL", ALL, BOTH);
  await prefer(person, { EmailMfaSettings: FIRST });
  const asked = await step(person);
  assert.equal(asked.signInStep, "CONFIRM_SIGN_IN_WITH_EMAIL_CODE");
  assert.equal((await answer(await codeSentTo(person.email))).signInStep, "DONE");
});

test("SOFTWARE_TOKEN_MFA after set-up; C097 a wrong code may be corrected", async () => {
  const person = await inPool("OPTIONAL", ALL, BOTH);
  await step(person);
  const secret = await setUpApp();
  await updateMFAPreference({ totp: "PREFERRED" });
  await signOut();
  assert.equal((await step(person)).signInStep, "CONFIRM_SIGN_IN_WITH_TOTP_CODE");
  await assert.rejects(answer("000000"), { name: "CodeMismatchException" });
  assert.equal((await answer(await appCode(secret))).signInStep, "DONE");
});

test("C084 and C085 SELECT_MFA_TYPE", async () => {
  const person = await inPool("OPTIONAL", ALL, BOTH);
  await step(person);
  const secret = await setUpApp();
  await updateMFAPreference({ sms: "ENABLED", totp: "ENABLED", email: "ENABLED" });
  for (const [factor, asks, code] of [
    ["SMS", "CONFIRM_SIGN_IN_WITH_SMS_CODE", () => codeSentTo(person.phone)],
    ["TOTP", "CONFIRM_SIGN_IN_WITH_TOTP_CODE", () => appCode(secret)],
    ["EMAIL", "CONFIRM_SIGN_IN_WITH_EMAIL_CODE", () => codeSentTo(person.email)],
  ]) {
    await signOut();
    const asked = await step(person);
    assert.equal(asked.signInStep, "CONTINUE_SIGN_IN_WITH_MFA_SELECTION");
    assert.deepEqual(new Set(asked.allowedMFATypes), new Set(ALL));
    assert.equal((await answer(factor)).signInStep, asks);
    assert.equal((await answer(await code())).signInStep, "DONE");
  }
});

test("C088 MFA_SETUP by authenticator app", async () => {
  const person = await inPool("ON", ["TOTP"], []);
  const asked = await step(person);
  assert.equal(asked.signInStep, "CONTINUE_SIGN_IN_WITH_TOTP_SETUP");
  const secret = asked.totpSetupDetails.sharedSecret;
  assert.equal((await answer(await appCode(secret, -1))).signInStep, "DONE");
  await signOut();
  assert.equal((await step(person)).signInStep, "CONFIRM_SIGN_IN_WITH_TOTP_CODE");
  assert.equal((await answer(await appCode(secret))).signInStep, "DONE");
});

test("C087 and C089 MFA_SETUP with a choice, by e-mail", async () => {
  const person = await inPool("ON", ["TOTP", "EMAIL"], []);
  const asked = await step(person);
  assert.equal(asked.signInStep, "CONTINUE_SIGN_IN_WITH_MFA_SETUP_SELECTION");
  assert.deepEqual(new Set(asked.allowedMFATypes), new Set(["TOTP", "EMAIL"]));
  assert.equal((await answer("EMAIL")).signInStep, "CONTINUE_SIGN_IN_WITH_EMAIL_SETUP");
  assert.equal((await answer(person.email)).signInStep, "CONFIRM_SIGN_IN_WITH_EMAIL_CODE");
  assert.equal((await answer(await codeSentTo(person.email))).signInStep, "DONE");
  assert.equal((await fetchUserAttributes()).email, person.email);
});

test("C077 NEW_PASSWORD_REQUIRED, then MFA_SETUP", async () => {
  const pool = await makePool("ON", ["TOTP"]);
  use(pool);
  const person = await makePerson(pool, [], { temporary: true });
  const asked = await step(person);
  assert.equal(asked.signInStep, "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED");
  const next = await answer("Better-Horse-8");
  assert.equal(next.signInStep, "CONTINUE_SIGN_IN_WITH_TOTP_SETUP");
  const code = await appCode(next.totpSetupDetails.sharedSecret);
  assert.equal((await answer(code)).signInStep, "DONE");
});

test("C016 to C022 reads and changes the preference", async () => {
  const person = await inPool("OPTIONAL", ALL, BOTH);
  await step(person);
  assert.deepEqual(await fetchMFAPreference(), NOTHING);
  await setUpApp();
  assert.deepEqual(await fetchMFAPreference(), NOTHING);
  await updateMFAPreference({ totp: "ENABLED" });
  assert.deepEqual(await fetchMFAPreference(), { ...NOTHING, enabled: ["TOTP"] });
  await updateMFAPreference({ totp: "PREFERRED", sms: "ENABLED" });
  let seen = await fetchMFAPreference();
  assert.deepEqual([seen.preferred, new Set(seen.enabled)], ["TOTP", new Set(["TOTP", "SMS"])]);
  await updateMFAPreference({ sms: "PREFERRED" });
  seen = await fetchMFAPreference();
  assert.deepEqual([seen.preferred, new Set(seen.enabled)], ["SMS", new Set(["TOTP", "SMS"])]);
  await updateMFAPreference({ sms: "NOT_PREFERRED", email: "PREFERRED" });
  assert.equal((await fetchMFAPreference()).preferred, "EMAIL");
  await updateMFAPreference({ sms: "DISABLED", totp: "DISABLED", email: "DISABLED" });
  assert.deepEqual(await fetchMFAPreference(), NOTHING);
});

test("C023 two preferred factors are refused", async () => {
  const person = await inPool("OPTIONAL", ALL, BOTH);
  await step(person);
  await assert.rejects(updateMFAPreference({ sms: "PREFERRED", email: "PREFERRED" }), {
    name: "InvalidParameterException",
  });
});

test("C115 and C118 a remembered device takes the place of a code until it is forgotten", async () => {
  const person = await inPool("OPTIONAL", ALL, BOTH, {
    DeviceConfiguration: {
      ChallengeRequiredOnNewDevice: true,
      DeviceOnlyRememberedOnUserPrompt: true,
    },
  });
  await prefer(person, { SMSMfaSettings: FIRST });
  await step(person);
  assert.equal((await answer(await codeSentTo(person.phone))).signInStep, "DONE");
  await rememberDevice();
  assert.equal((await fetchDevices()).length, 1);
  await signOut();
  assert.equal((await step(person)).signInStep, "DONE");
  await forgetDevice();
  assert.deepEqual(await fetchDevices(), []);
  await signOut();
  assert.equal((await step(person)).signInStep, "CONFIRM_SIGN_IN_WITH_SMS_CODE");
});

test("C119 a device nobody asked to remember takes the place of nothing", async () => {
  const person = await inPool("OPTIONAL", ALL, BOTH, {
    DeviceConfiguration: {
      ChallengeRequiredOnNewDevice: true,
      DeviceOnlyRememberedOnUserPrompt: true,
    },
  });
  await prefer(person, { SMSMfaSettings: FIRST });
  await step(person);
  await answer(await codeSentTo(person.phone));
  assert.equal((await fetchDevices()).length, 1);
  await signOut();
  assert.equal((await step(person)).signInStep, "CONFIRM_SIGN_IN_WITH_SMS_CODE");
});

test("C104 and C106 choice-based sign-in by e-mailed code", async () => {
  const pool = await makePool("OFF", [], {
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } },
  });
  use(pool);
  const person = await makePerson(pool, ["email"]);
  const options = { authFlowType: "USER_AUTH" };
  const { nextStep } = await signIn({ username: person.name, options });
  assert.equal(nextStep.signInStep, "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION");
  assert.equal((await answer("EMAIL_OTP")).signInStep, "CONFIRM_SIGN_IN_WITH_EMAIL_CODE");
  const code = await codeSentTo(person.email);
  assert.match(code, /^\d{8}$/);
  assert.equal((await answer(code)).signInStep, "DONE");
});

test("signs up, resets and changes a password", async () => {
  const pool = await makePool();
  use(pool);
  const name = `new${Date.now()}`;
  const email = `${name}@example.com`;
  const { nextStep } = await signUp({
    username: name,
    password: PASSWORD,
    options: { userAttributes: { email } },
  });
  assert.equal(nextStep.signUpStep, "CONFIRM_SIGN_UP");
  await confirmSignUp({ username: name, confirmationCode: await codeSentTo(email) });
  const asked = await resetPassword({ username: name });
  assert.equal(asked.nextStep.resetPasswordStep, "CONFIRM_RESET_PASSWORD_WITH_CODE");
  const confirmationCode = await codeSentTo(email);
  await confirmResetPassword({ username: name, confirmationCode, newPassword: "Better-Horse-8" });
  assert.equal((await step({ name }, "Better-Horse-8")).signInStep, "DONE");
  await updatePassword({ oldPassword: "Better-Horse-8", newPassword: "Third-Horse-9" });
  await signOut();
  assert.equal((await step({ name }, "Third-Horse-9")).signInStep, "DONE");
});

test("C135 and C137 a sign-out everywhere ends every token", async () => {
  const person = await inPool("OFF", [], []);
  await step(person);
  const token = (await fetchAuthSession()).tokens.accessToken.toString();
  await signOut({ global: true });
  await assert.rejects(admin("GetUser", { AccessToken: token }), /Access Token has been revoked/);
});

test("C083 the preferred of two", async () => {
  const person = await inPool("OPTIONAL", ALL, BOTH);
  await prefer(person, { SMSMfaSettings: ON, EmailMfaSettings: FIRST });
  assert.equal((await step(person)).signInStep, "CONFIRM_SIGN_IN_WITH_EMAIL_CODE");
});
