/* The slip most paper tests print, in both languages. */
#ifndef KARCIS_TEST_SLIP_H
#define KARCIS_TEST_SLIP_H

#include <stdlib.h>
#include <string.h>

#include "firmware/core/slip.h"

static void test_text(char *dst, size_t cap, const char *s)
{
	if (!str_copy(dst, cap, str_from(s)))
		abort();
}
#define SET(field, s) test_text(field, sizeof(field), s)

static void test_slip(struct slip *s, bool english)
{
	static const char *const word[2][SLIP_WORDS] = {
	    {"dicetak 08.42", "Loket", "Jadwal", "Layanan",
		"Tunjukkan di pintu", "Bila QR tak terbaca", "Nama",
		"Kata hari ini", "Siapkan", "Biaya Rp 350.000",
		"Nomor ini GRATIS. Dimintai uang?", "lapor.go.id · SMS 1708",
		"jejak", "Tiket ini tanpa data pribadi. Berlaku hari ini saja.",
		"SALINAN", "Terlambat: dipanggil setelah yang tepat waktu",
		"Berlaku sampai 09.15", "Pintu", "Pendamping"},
	    {"printed 08.42", "Counter", "Slot", "Service", "Show at the door",
		"If the QR cannot be read", "Name", "Word of the day",
		"Have ready", "Fee Rp 350.000",
		"This number is FREE. Asked for money?",
		"lapor.go.id · SMS 1708", "trail",
		"No personal data on this ticket. Valid today only.", "COPY",
		"Late: called after people who came on time",
		"Valid until 09.15", "Gate", "Companions"}};
	int i;

	memset(s, 0, sizeof(*s));
	SET(s->office, "Kantor Imigrasi Singkawang");
	SET(s->date,
	    english ? "Monday 23 November 2026" : "Senin, 23 November 2026");
	SET(s->printed_at, "08.42");
	SET(s->label, "B-017");
	SET(s->slot, "09.00–09.15");
	SET(s->service, english ? "New passport" : "Paspor baru");
	SET(s->counter, "3");
	memset(s->qr.digits, '0', TICKET_DIGITS);
	for (i = 0; i < TICKET_DIGITS; i++)
		s->qr.digits[i] = (char)('0' + i * 7 % 10);
	SET(s->short_code, "4K7-M2R-X9B");
	SET(s->masked_name, "S*** W*****");
	SET(s->day_word, "MELATI");
	SET(s->need[0],
	    english ? "Electronic ID card, original and copy"
		    : "KTP elektronik, asli dan fotokopi");
	SET(s->need[1],
	    english ? "Family card, original and copy"
		    : "Kartu Keluarga, asli dan fotokopi");
	SET(s->need[2],
	    english ? "Birth, school or marriage certificate"
		    : "Akta lahir, ijazah, atau buku nikah");
	SET(s->need[3],
	    english ? "Old passport (for a replacement)"
		    : "Paspor lama (untuk penggantian)");
	s->needs = 4;
	SET(s->fee, "Rp 350.000");
	SET(s->pay,
	    english ? "pay at a bank or post office"
		    : "bayar di bank atau kantor pos");
	SET(s->terminal, "kiosk-1");
	SET(s->audit_mark, "7QX2-M9KD-4RTB");
	for (i = 0; i < SLIP_WORDS; i++)
		SET(s->word[i], word[english][i]);
}

#endif
