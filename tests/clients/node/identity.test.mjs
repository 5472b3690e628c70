// amazon-cognito-identity-js on Node: sign-in by SRP with every challenge it knows, set-up,
// preference, devices. It knows no e-mail challenge: that came after its last feature.

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { AuthenticationDetails, CognitoUser, CognitoUserPool } from "amazon-cognito-identity-js";

import {
  API,
  PASSWORD,
  appCode,
  codeSentTo,
  makePerson,
  makePool,
  prefer,
  standStill,
} from "./kit.mjs";

const TWO = ["SMS", "TOTP"];
const FIRST = { Enabled: true, PreferredMfa: true };
const ON = { Enabled: true, PreferredMfa: false };
const TRACKED = {
  DeviceConfiguration: {
    ChallengeRequiredOnNewDevice: true,
    DeviceOnlyRememberedOnUserPrompt: true,
  },
};

// The library names a device after the browser.
globalThis.navigator ??= { userAgent: "Node" };

before(standStill);

function userOf(pool, person) {
  const Pool = new CognitoUserPool({ UserPoolId: pool.id, ClientId: pool.client, endpoint: API });
  return new CognitoUser({ Username: person.name, Pool });
}

/** Calls a method that takes a callback object; resolves to [what was called back, with what]. */
function asked(call) {
  return new Promise((resolve, reject) => {
    const heard = (name) => (...values) => resolve([name, ...values]);
    call({
      onSuccess: heard("onSuccess"),
      onFailure: reject,
      mfaRequired: heard("mfaRequired"),
      totpRequired: heard("totpRequired"),
      selectMFAType: heard("selectMFAType"),
      mfaSetup: heard("mfaSetup"),
      newPasswordRequired: heard("newPasswordRequired"),
      associateSecretCode: heard("associateSecretCode"),
    });
  });
}

/** Calls a method that takes a plain callback. */
function done(call) {
  return new Promise((resolve, reject) => {
    call((error, result) => (error ? reject(error) : resolve(result)));
  });
}

function signIn(user, person, Password = PASSWORD) {
  const details = new AuthenticationDetails({ Username: person.name, Password });
  return asked((heard) => user.authenticateUser(details, heard));
}

async function setUpApp(user, steps = -1) {
  const [, secret] = await asked((heard) => user.associateSoftwareToken(heard));
  const code = await appCode(secret, steps);
  const [name] = await asked((heard) => user.verifySoftwareToken(code, "Phone", heard));
  assert.equal(name, "onSuccess");
  return secret;
}

async function stored(user) {
  const seen = await done((heard) => user.getUserData(heard, { bypassCache: true }));
  return [seen.PreferredMfaSetting, new Set(seen.UserMFASettingList)];
}

async function begin(mode, factors, has, settings) {
  const pool = await makePool(mode, factors, settings);
  const person = await makePerson(pool, has);
  return { pool, person, user: userOf(pool, person) };
}

test("signs in by SRP", async () => {
  const { user, person } = await begin("OFF", [], []);
  const [name, session] = await signIn(user, person);
  assert.equal(name, "onSuccess");
  assert.equal(session.getAccessToken().payload.username, person.name);
});

test("C113 a wrong password", async () => {
  const { user, person } = await begin("OFF", [], []);
  await assert.rejects(signIn(user, person, "Wrong-Horse-7"), {
    name: "NotAuthorizedException",
    message: "Incorrect username or password.",
  });
});

test("SMS_MFA", async () => {
  const { user, person } = await begin("OPTIONAL", TWO, ["phone_number"]);
  await prefer(person, { SMSMfaSettings: FIRST });
  const [name, challenge] = await signIn(user, person);
  assert.deepEqual([name, challenge], ["mfaRequired", "SMS_MFA"]);
  const code = await codeSentTo(person.phone);
  const [ended] = await asked((heard) => user.sendMFACode(code, heard));
  assert.equal(ended, "onSuccess");
});

test("sets an app up, prefers it, and is asked: SOFTWARE_TOKEN_MFA", async () => {
  const { user, person, pool } = await begin("OPTIONAL", TWO, ["phone_number"]);
  await signIn(user, person);
  const secret = await setUpApp(user);
  assert.deepEqual(await stored(user), [undefined, new Set()]);
  await done((heard) => user.setUserMfaPreference(ON, FIRST, heard));
  assert.deepEqual(await stored(user), ["SOFTWARE_TOKEN_MFA", new Set(["SMS_MFA", "SOFTWARE_TOKEN_MFA"])]);
  const again = userOf(pool, person);
  assert.equal((await signIn(again, person))[0], "totpRequired");
  await assert.rejects(
    asked((heard) => again.sendMFACode("000000", heard, "SOFTWARE_TOKEN_MFA")),
    { name: "CodeMismatchException" },
  );
  const code = await appCode(secret);
  const [ended] = await asked((heard) => again.sendMFACode(code, heard, "SOFTWARE_TOKEN_MFA"));
  assert.equal(ended, "onSuccess");
});

test("SELECT_MFA_TYPE", async () => {
  const { user, person, pool } = await begin("OPTIONAL", TWO, ["phone_number"]);
  await signIn(user, person);
  const secret = await setUpApp(user);
  await done((heard) => user.setUserMfaPreference(ON, ON, heard));
  for (const [factor, name, code] of [
    ["SMS_MFA", "mfaRequired", () => codeSentTo(person.phone)],
    ["SOFTWARE_TOKEN_MFA", "totpRequired", () => appCode(secret)],
  ]) {
    const again = userOf(pool, person);
    assert.equal((await signIn(again, person))[0], "selectMFAType");
    const [next] = await asked((heard) => again.sendMFASelectionAnswer(factor, heard));
    assert.equal(next, name);
    const answer = await code();
    const [ended] = await asked((heard) => again.sendMFACode(answer, heard, factor));
    assert.equal(ended, "onSuccess");
  }
});

test("MFA_SETUP", async () => {
  const { user, person, pool } = await begin("ON", ["TOTP"], []);
  assert.equal((await signIn(user, person))[0], "mfaSetup");
  const secret = await setUpApp(user);
  const again = userOf(pool, person);
  assert.equal((await signIn(again, person))[0], "totpRequired");
  const code = await appCode(secret);
  const [ended] = await asked((heard) => again.sendMFACode(code, heard, "SOFTWARE_TOKEN_MFA"));
  assert.equal(ended, "onSuccess");
});

test("NEW_PASSWORD_REQUIRED", async () => {
  const pool = await makePool();
  const person = await makePerson(pool, [], { temporary: true });
  const user = userOf(pool, person);
  assert.equal((await signIn(user, person))[0], "newPasswordRequired");
  const [ended] = await asked((heard) =>
    user.completeNewPasswordChallenge("Better-Horse-8", {}, heard),
  );
  assert.equal(ended, "onSuccess");
  assert.equal((await signIn(userOf(pool, person), person, "Better-Horse-8"))[0], "onSuccess");
});

test("C118 a remembered device takes the place of a code", async () => {
  const { user, person, pool } = await begin("OPTIONAL", TWO, ["phone_number"], TRACKED);
  await prefer(person, { SMSMfaSettings: FIRST });
  await signIn(user, person);
  const code = await codeSentTo(person.phone);
  await asked((heard) => user.sendMFACode(code, heard));
  await asked((heard) => user.setDeviceStatusRemembered(heard));
  const [, listed] = await asked((heard) => user.listDevices(10, null, heard));
  assert.equal(listed.Devices.length, 1);
  assert.equal((await signIn(userOf(pool, person), person))[0], "onSuccess");
  await asked((heard) => user.forgetDevice(heard));
});

test("renews its session and signs out everywhere", async () => {
  const { user, person } = await begin("OFF", [], []);
  const [, session] = await signIn(user, person);
  const renewed = await done((heard) => user.refreshSession(session.getRefreshToken(), heard));
  assert.notEqual(renewed.getAccessToken().getJwtToken(), session.getAccessToken().getJwtToken());
  await asked((heard) => user.globalSignOut(heard));
  await assert.rejects(
    done((heard) => user.refreshSession(session.getRefreshToken(), heard)),
    { name: "NotAuthorizedException" },
  );
});
