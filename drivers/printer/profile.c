#include "profile.h"

static const struct profile_facts facts[] = {
    [PRINTER_AUTO] = {.name = "auto"},
    [PRINTER_EPSON] = {.name = "epson", .asb = true, .process_id = true},
    [PRINTER_ASB] = {.name = "asb", .asb = true, .in_order = true},
    [PRINTER_ORDER] = {.name = "order", .in_order = true},
    [PRINTER_CUSTOM] = {.name = "custom", .in_order = true, .presenter = true},
    [PRINTER_GENERIC] = {.name = "generic"},
};

const struct profile_facts *profile_facts(enum printer_profile p)
{
	return p < ARRAY_LEN(facts) ? &facts[p] : &facts[PRINTER_AUTO];
}

bool profile_proves(enum printer_profile p)
{
	const struct profile_facts *f = profile_facts(p);

	return f->process_id || f->in_order;
}

/* First that fits; model: how MDL begins, NULL = any. Sources: Epson's
 * ESC/POS command reference (lists of models under GS ( H and GS r),
 * Custom's VKP80 command manual; vendors from the USB id list. */
static const struct {
	uint16_t vendor;
	const char *model;
	enum printer_profile profile;
	bool ticket;
} models[] = {
    {0x04b8, "TM-T88IV", PRINTER_EPSON, false},
    {0x04b8, "TM-T88V", PRINTER_EPSON, false}, /* and VI, VII */
    {0x04b8, "TM-T20", PRINTER_EPSON, false},
    {0x04b8, "TM-m30", PRINTER_EPSON, false},
    {0x04b8, "EU-m30", PRINTER_EPSON, false},
    {0x04b8, "TM-T88II", PRINTER_ASB, false}, /* and III: no GS ( H */
    {0x04b8, "TM-T70", PRINTER_ASB, false},
    {0x04b8, "TM-T90", PRINTER_ASB, false},
    {0x0dd4, "VKP80", PRINTER_CUSTOM, true},
    {0x0dd4, NULL, PRINTER_GENERIC, true}, /* Custom */
    {0x1504, NULL, PRINTER_GENERIC, true}, /* Bixolon */
    {0x0416, NULL, PRINTER_GENERIC, true}, /* Winbond: many POS-80 boards */
    {0x0fe6, NULL, PRINTER_GENERIC, true}, /* ICS Advent: the same */
    {0x28e9, NULL, PRINTER_GENERIC, true}, /* GigaDevice: the same */
};

static bool begins(struct str model, const char *with)
{
	struct str w = str_from(with);

	return model.len >= w.len &&
	    str_is_nocase(str_cut(model, 0, w.len), with);
}

enum printer_profile profile_of_usb(uint16_t vendor, const struct ieee1284 *id,
    bool *ticket)
{
	for (size_t i = 0; i < ARRAY_LEN(models); i++) {
		if (models[i].vendor != vendor ||
		    (models[i].model != NULL &&
			!begins(id->model, models[i].model)))
			continue;
		*ticket = models[i].ticket;
		return models[i].profile;
	}
	*ticket = false;
	return PRINTER_GENERIC;
}
