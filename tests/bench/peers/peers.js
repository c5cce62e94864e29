// Bytes and CPU of the same ticket from libraries of npm, for the ratios of
// `make bench`. One line each: LIBRARY VERSION FORM BYTES MILLISECONDS.
//
// usage: node peers.js WORK, beside node_modules. WORK holds what
// `paper-bench WORK` wrote, the pictures as PNG: slip.json (the words), qr.png
// (the symbol, 5 dots a module) and ticket.png (the whole ticket).
//
// Forms: "command" is text with the QR as a printer command, "raster" is text
// with the QR as dots, "picture" is the whole ticket as dots. None of them
// draws text: ticket.png, and qr.png where a library makes no symbol of its
// own, are given to them ready.
'use strict';
const fs = require('fs');
const path = require('path');
const { PNG } = require('pngjs');
const Encoder = require('@point-of-sale/receipt-printer-encoder');
const receiptline = require('receiptline');
const { ThermalPrinter, PrinterTypes } = require('node-thermal-printer');

// Whole pictures take a hundred times as long.
const WARM_UP = { command: 100, raster: 100, picture: 10 };
const ROUNDS = { command: 200, raster: 200, picture: 20 };
const work = process.argv[2];
const slip = JSON.parse(fs.readFileSync(path.join(work, 'slip.json')));
const qrPng = fs.readFileSync(path.join(work, 'qr.png'));
const ticketPng = fs.readFileSync(path.join(work, 'ticket.png'));
const qrDots = PNG.sync.read(qrPng);
const ticketDots = PNG.sync.read(ticketPng);

// What differs from one visitor to the next.
function visitor(n) {
	const s = Object.assign({}, slip);
	s.label = 'A-' + String(n % 999 + 1).padStart(3, '0');
	s.short_code = String(n * 37 % 1000).padStart(3, '0') + '-7RX-' +
	    String(n * 11 % 1000).padStart(3, '0');
	s.digits = slip.digits.slice(0, 20) +
	    String(n * 7919 % 10000).padStart(4, '0') + slip.digits.slice(24);
	return s;
}

// [style, text] lines in the order of our own text form.
function head(s) {
	return [['bold', s.office], ['', s.date], ['', s.printed_at],
		['number', s.label], ['', `${s.w_counter}: ${s.counter}`],
		['', `${s.w_slot}: ${s.slot}`],
		['', `${s.w_service}: ${s.service}`]];
}

function tail(s) {
	return [['bold', s.w_show], ['', s.w_valid],
		['', `${s.w_unreadable}: ${s.short_code}`],
		['', `${s.w_name}: ${s.masked_name}`], ['', s.w_word],
		['big', s.day_word], ['bold', s.w_bring],
		...s.need.map(n => ['', '[ ] ' + n]), ['bold', s.w_fee],
		['', s.pay], ['bold', s.w_free], ['bold', s.w_complaint],
		['', `${s.terminal} · ${s.label} · ${s.w_trail} ${s.audit_mark}`],
		['', s.w_privacy]];
}

function encoderLines(e, lines) {
	for (const [style, text] of lines) {
		if (style === 'number')
			e.align('center').size(6, 6).line(text).size(1, 1)
			    .align('left');
		else if (style === 'big')
			e.size(2, 2).line(text).size(1, 1);
		else if (style === 'bold')
			e.bold(true).line(text).bold(false);
		else
			e.line(text);
	}
}

function encoder(form, s) {
	const e = new Encoder({ language: 'esc-pos', columns: 48,
		imageMode: 'raster' });
	const image = form === 'picture' ? ticketDots : qrDots;

	e.initialize();
	if (form === 'picture')
		return e.image(image, image.width, image.height, 'threshold')
		    .cut().encode();
	e.codepage('windows1252');
	encoderLines(e, head(s));
	e.align('center');
	if (form === 'command')
		e.qrcode(s.digits, { model: 2, size: 5, errorlevel: 'h' });
	else
		e.image(image, image.width, image.height, 'threshold');
	e.align('left');
	encoderLines(e, tail(s));
	return e.cut().encode();
}

function markup(text) {
	return text.replace(/[\\|{}~_"`^]/g, '\\$&');
}

function markupLine([style, text]) {
	if (style === 'number')
		return '^^^^^^' + markup(text);
	if (style === 'big')
		return '|^^^' + markup(text);
	return '|' + (style === 'bold' ? '"' + markup(text) + '"' :
	    markup(text));
}

function line(form, s) {
	const document = form === 'picture' ?
	    '{image:' + ticketPng.toString('base64') + '}' :
	    [...head(s).map(markupLine), `{code:${s.digits};option:qrcode,5,h}`,
		...tail(s).map(markupLine)].join('\n');

	return Buffer.from(receiptline.transform(document, { cpl: 48,
		command: 'escpos', encoding: 'cp1252', gradient: false,
		cutting: true }), 'binary');
}

async function thermal(form, s) {
	const p = new ThermalPrinter({ type: PrinterTypes.EPSON, width: 48,
		interface: 'tcp://127.0.0.1', characterSet: 'WPC1252' });
	const print = lines => {
		for (const [style, text] of lines) {
			if (style === 'number') {
				p.alignCenter();
				p.setTextSize(5, 5);
			} else if (style === 'big') {
				p.setTextSize(1, 1);
			} else if (style === 'bold') {
				p.bold(true);
			}
			p.println(text);
			if (style === 'bold')
				p.bold(false);
			else if (style !== '')
				p.setTextNormal();
			p.alignLeft();
		}
	};

	if (form === 'picture') {
		await p.printImageBuffer(ticketPng);
	} else {
		print(head(s));
		p.alignCenter();
		if (form === 'command')
			p.printQR(s.digits, { cellSize: 5, correction: 'H' });
		else
			await p.printImageBuffer(qrPng);
		p.alignLeft();
		print(tail(s));
	}
	p.cut();
	return p.getBuffer();
}

const peers = [
	['receipt-printer-encoder', '@point-of-sale/receipt-printer-encoder',
		encoder, ['command', 'raster', 'picture']],
	['receiptline', 'receiptline', line, ['raster', 'picture']],
	['node-thermal-printer', 'node-thermal-printer', thermal,
		['command', 'raster', 'picture']],
];

async function main() {
	for (const [name, module, make, forms] of peers) {
		const { version } = JSON.parse(fs.readFileSync(path.join(
		    __dirname, 'node_modules', module, 'package.json')));

		for (const form of forms) {
			let bytes, begun;

			for (let n = -WARM_UP[form]; n < ROUNDS[form]; n++) {
				if (n === 0)
					begun = process.cpuUsage();
				bytes = await make(form, visitor(n + WARM_UP[form]));
			}
			const used = process.cpuUsage(begun);
			fs.writeFileSync(path.join(work, `${name}-${form}.bin`),
			    bytes);
			console.log(name, version, form, bytes.length,
			    ((used.user + used.system) / 1e3 /
				ROUNDS[form]).toFixed(3));
		}
	}
}

main().catch(e => {
	console.error(e);
	process.exit(1);
});
