// Runs Cisco's jsxapi against a phone: node jsxapi_client.js URL USER PASSWORD. Prints one JSON object.
const { connect } = require('jsxapi');

const [url, username, password] = process.argv.slice(2);
const found = {};
const xapi = connect(url, { username, password });

function finish(code) {
  console.log(JSON.stringify(found));
  process.exit(code);
}

function heard(path, until) {
  // Resolves with every value from the subscription on to the first that `until` takes; `off` ends the subscription.
  const values = [];
  let off;
  const done = new Promise((resolve) => {
    off = path.on((value) => {
      values.push(value);
      if (until(value)) resolve(values.slice());
    });
  });
  return { done, off, values, registration: off.registration };
}

async function refused(run) {
  try {
    await run();
  } catch (error) {
    return { code: error.code, message: error.message, data: error.data };
  }
  return null;
}

async function run() {
  found.leaf = await xapi.Status.SystemUnit.ProductId.get();
  found.text = await xapi.status.get('SystemUnit Software Version');
  found.subtree = await xapi.Status.SystemUnit.Hardware.get();
  found.list = await xapi.Status.ExtStatus.get();
  found.query = await xapi.execute('xQuery', { Query: ['Status', '**', 'MuteLEDColor'] });
  found.nothing = await refused(() => xapi.Status.Nothing.get());

  found.set = await xapi.Config.HttpFeedback.TlsVerify.set('Off');
  found.configured = await xapi.Config.HttpFeedback.TlsVerify.get();
  found.illegal = await refused(() => xapi.Config.HttpFeedback.TlsVerify.set('Perhaps'));

  const lamp = heard(xapi.Status.LEDStatus.MuteLEDColor, () => true);
  await lamp.registration;
  found.pressed = await xapi.Command.Ui.SendKey({ Key: 'Mute' });
  found.lamp = await lamp.done;
  lamp.off();
  await xapi.Command.Ui.SendKey({ Key: 'Mute' });
  found.lampAfter = await xapi.Status.LEDStatus.MuteLEDColor.get();
  found.lampHeard = lamp.values.length;

  const state = heard(xapi.Status.Line[1].Call[0].CallState, (value) => value === 'Connected');
  const any = heard(xapi.Status.Line.Call, (value) => value.ghost === 'True');
  const event = heard(xapi.Event.SipCallDisconnect, () => true);
  await Promise.all([state.registration, any.registration, event.registration]);
  found.dialled = await xapi.Command.Call.Dial({ Number: '5002' });
  found.states = await state.done;
  found.call = await xapi.Status.Line[1].Call[0].get();
  await xapi.Command.Ui.SendKey({ Key: 'Release' });
  found.last = (await any.done).pop();
  found.event = (await event.done)[0];

  found.unknown = await refused(() => xapi.Command.Nothing());
  found.parameter = await refused(() => xapi.Command.Ui.SendKey({ Key: 'Nothing' }));
  found.failed = await refused(() => xapi.Command.HttpFeedback.Enable({ FeedbackSlot: 4 }));
  xapi.close();
}

xapi.on('error', (error) => {
  found.error = String(error.message || error);
  finish(1);
});
xapi.on('close', () => finish(0));
xapi.on('ready', () => run().catch((error) => {
  found.error = JSON.stringify(error) + String(error.stack || '');
  finish(2);
}));
