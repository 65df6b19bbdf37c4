import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** A certificate made for one test run, with its key: neither is of use anywhere else. */
export interface TestCertificate {
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  readonly subject: string;
  readonly privateKey: KeyObject;
}

export interface CertificateOptions {
  readonly subject: string;
  /** Default: it signs itself. */
  readonly issuer?: TestCertificate;
  readonly isAuthority?: boolean;
  /** DNS names and IPv4 addresses. */
  readonly hosts?: readonly string[];
  /** Epoch milliseconds; default: from yesterday to tomorrow. */
  readonly validFrom?: number;
  readonly validUntil?: number;
}

const DAY_MS = 86_400_000;
const SEQUENCE = 0x30;
const SET = 0x31;
const OBJECT_ID = 0x06;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const UTF8_STRING = 0x0c;
const INTEGER = 0x02;
const BOOLEAN = 0x01;
const UTC_TIME = 0x17;
const EXPLICIT_0 = 0xa0;
const EXPLICIT_3 = 0xa3;
const SAN_DNS = 0x82;
const SAN_IP = 0x87;
const TRUE = Buffer.from([0xff]);

const ECDSA_WITH_SHA256 = '2a8648ce3d040302';
const COMMON_NAME = '550403';
const BASIC_CONSTRAINTS = '551d13';
const SUBJECT_ALT_NAME = '551d11';

/** Makes an X.509 v3 certificate with an ECDSA key, without any program but Node. */
export function createCertificate(options: CertificateOptions): TestCertificate {
  const { subject, issuer, validFrom, validUntil } = options;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Date.now();
  const algorithm = der(SEQUENCE, objectId(ECDSA_WITH_SHA256));
  const body = der(
    SEQUENCE,
    der(EXPLICIT_0, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    nameOf(issuer?.subject ?? subject),
    der(SEQUENCE, timeOf(validFrom ?? now - DAY_MS), timeOf(validUntil ?? now + DAY_MS)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(EXPLICIT_3, der(SEQUENCE, ...extensionsOf(options))),
  );
  const signature = sign('sha256', body, issuer?.privateKey ?? privateKey);
  const whole = der(SEQUENCE, body, algorithm, der(BIT_STRING, Buffer.from([0]), signature));
  const base64 = whole.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    subject,
    privateKey,
  };
}

function extensionsOf({ hosts = [], isAuthority = false }: CertificateOptions): Buffer[] {
  const constraints = isAuthority ? der(SEQUENCE, der(BOOLEAN, TRUE)) : der(SEQUENCE);
  const names = hosts.map(host =>
    /^\d+(?:\.\d+){3}$/.test(host)
      ? der(SAN_IP, Buffer.from(host.split('.').map(Number)))
      : der(SAN_DNS, Buffer.from(host)),
  );
  return [
    extension(BASIC_CONSTRAINTS, constraints),
    ...(names.length > 0 ? [extension(SUBJECT_ALT_NAME, der(SEQUENCE, ...names))] : []),
  ];
}

const extension = (id: string, value: Buffer): Buffer =>
  der(SEQUENCE, objectId(id), der(BOOLEAN, TRUE), der(OCTET_STRING, value));

const nameOf = (name: string): Buffer =>
  der(
    SEQUENCE,
    der(SET, der(SEQUENCE, objectId(COMMON_NAME), der(UTF8_STRING, Buffer.from(name)))),
  );

/** `YYMMDDHHMMSSZ`: good until 2049. */
const timeOf = (at: number): Buffer =>
  der(UTC_TIME, Buffer.from(`${new Date(at).toISOString().replace(/\D/g, '').slice(2, 14)}Z`));

const objectId = (hex: string): Buffer => der(OBJECT_ID, Buffer.from(hex, 'hex'));

/** Tag, length, content: the one form of everything in DER. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
