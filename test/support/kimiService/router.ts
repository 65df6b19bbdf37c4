import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { errorReply } from './errorBody.ts';
import { type Exchange, type Handler, type Reply, sendReply } from './exchange.ts';
import { KIMI_CODE_ERRORS } from './kimiCodeErrors.ts';
import { KIMI_CODE_ROUTES } from './kimiCodeRoutes.ts';
import { PLATFORM_ROUTES } from './platformRoutes.ts';
import { type Behaviour, settle } from './serviceState.ts';

const ROUTES = new Map<string, Handler>(
  Object.entries({ ...KIMI_CODE_ROUTES, ...PLATFORM_ROUTES }),
);

/** The path of a request, without its query. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0] ?? '';
}

/** Answers one request by the table of routes; a defect of the service is a loud 500. */
export async function answerExchange(exchange: Exchange): Promise<void> {
  const { request, response, state } = exchange;
  settle(state);
  addHeaders(exchange);
  try {
    const handler = ROUTES.get(`${request.method} ${pathOf(request)}`) ?? answerUnknown;
    const reply = await handler(exchange);
    if (reply) sendReply(response, rewritten(reply, state.behaviour.rewrites));
  } catch (defect) {
    // A client that hangs up while it sends is no defect, and nobody is left to respond to.
    if (!response.destroyed) reportDefect(exchange, defect);
  }
  state.changes.emit('change');
}

/** As programs in front of Kimi answer: the status and the words stay, the form does not. */
function rewritten(reply: Reply, form: Behaviour['rewrites']): Reply {
  if (form === undefined || reply.status < 400) return reply;
  const message = errorMessageOf(reply.body);
  switch (form) {
    case 'errorMessage':
      return { status: reply.status, body: { errorMessage: `${reply.status} ${message}` } };
    case 'noError':
      return { status: reply.status, body: { code: reply.status, message } };
    case 'html':
      return {
        status: reply.status,
        body: `<html><body><h1>${reply.status}</h1></body></html>`,
        headers: { 'content-type': 'text/html' },
      };
  }
}

function errorMessageOf(body: unknown): string {
  const { error } = Object(body) as { error?: { message?: string } };
  return error?.message ?? '';
}

function reportDefect({ response }: Exchange, defect: unknown): void {
  console.error(defect);
  if (response.headersSent) response.destroy();
  else sendReply(response, { status: 500, body: String(defect) });
}

/** The ids were seen on a live 429 (docs/kimi.md 4.6); no `X-RateLimit-*` ever was. */
function addHeaders({ response, state }: Exchange): void {
  response.sendDate = false;
  if (state.behaviour.sendsDate)
    response.setHeader('date', new Date(state.clock.now()).toUTCString());
  response.setHeader('msh-request-id', randomUUID());
  response.setHeader('x-msh-trace-id', randomUUID());
}

function answerUnknown({ request }: Exchange): Reply {
  if (pathOf(request).startsWith('/coding/')) return errorReply(KIMI_CODE_ERRORS.methodNotFound);
  return { status: 404, body: unknownPlatformUrl(request) };
}

/** How the open platform answers a path it does not have, with a body unlike all its other errors. */
function unknownPlatformUrl(request: IncomingMessage): unknown {
  return {
    code: 5,
    error: 'url.not_found',
    message: '没找到对象',
    method: request.method,
    scode: '0x5',
    status: false,
    ua: request.headers['user-agent'] ?? '',
    url: pathOf(request),
  };
}
