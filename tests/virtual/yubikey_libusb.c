/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libusb-1.0/libusb.h>

#include "yubikey.h"

/* The part of libusb-1.0 that libykpers asks for. */
#define API __attribute__((visibility("default")))

struct libusb_context {
	int unused;
};
struct libusb_device {
	int key;
};
struct libusb_device_handle {
	struct libusb_device *device;
	bool claimed;
};

static struct libusb_context the_context;
static struct libusb_device device[YUBIKEY_MAX];
static struct libusb_device_handle handle[YUBIKEY_MAX];
static libusb_device **listed;
static long transfers;

API int LIBUSB_CALL
libusb_init(libusb_context **c)
{
	if (c != NULL)
		*c = &the_context;
	return 0;
}

API void LIBUSB_CALL
libusb_exit(libusb_context *c)
{
	(void)c;
}

API ssize_t LIBUSB_CALL
libusb_get_device_list(libusb_context *c, libusb_device ***list)
{
	long n = yubikey_env_number("VYK_KEYS", 1);

	(void)c;
	if (yubikey_env_fault("list", NULL))
		return LIBUSB_ERROR_NO_MEM;
	if (n > YUBIKEY_MAX)
		n = YUBIKEY_MAX;
	*list = calloc((size_t)n + 1, sizeof **list);
	if (*list == NULL)
		return LIBUSB_ERROR_NO_MEM;
	listed = *list;
	for (int i = 0; i < n; i++) {
		device[i].key = i;
		(*list)[i] = &device[i];
	}
	return n;
}

API void LIBUSB_CALL
libusb_free_device_list(libusb_device **list, int unref)
{
	(void)unref;
	/* The real one follows the pointer, whatever it is. */
	if (list != NULL && list != listed)
		abort();
	listed = NULL;
	free(list);
}

API int LIBUSB_CALL
libusb_get_device_descriptor(libusb_device *d,
    struct libusb_device_descriptor *to)
{
	(void)d;
	*to = (struct libusb_device_descriptor){ .bLength = 18,
		.bDescriptorType = LIBUSB_DT_DEVICE,
		.idVendor = 0x1050,
		.idProduct = 0x0407,
		.bNumConfigurations = 1 };
	return 0;
}

API int LIBUSB_CALL
libusb_open(libusb_device *d, libusb_device_handle **h)
{
	if (yubikey_env_fault("access", NULL))
		return LIBUSB_ERROR_ACCESS;
	if (yubikey_env_fault("crash", NULL))
		abort();
	*h = &handle[d->key];
	(*h)->device = d;
	(*h)->claimed = false;
	return 0;
}

API void LIBUSB_CALL
libusb_close(libusb_device_handle *h)
{
	h->device = NULL;
}

API libusb_device *LIBUSB_CALL
libusb_get_device(libusb_device_handle *h)
{
	return h->device;
}

API int LIBUSB_CALL
libusb_kernel_driver_active(libusb_device_handle *h, int interface)
{
	(void)h;
	(void)interface;
	return yubikey_env_fault("kerneldrv", NULL);
}

API int LIBUSB_CALL
libusb_detach_kernel_driver(libusb_device_handle *h, int interface)
{
	(void)h;
	(void)interface;
	yubikey_env_log("kernel driver detached");
	return 0;
}

API int LIBUSB_CALL
libusb_attach_kernel_driver(libusb_device_handle *h, int interface)
{
	(void)h;
	(void)interface;
	yubikey_env_log("kernel driver attached");
	return 0;
}

API int LIBUSB_CALL
libusb_get_configuration(libusb_device_handle *h, int *config)
{
	(void)h;
	*config = 1;
	return 0;
}

API int LIBUSB_CALL
libusb_set_configuration(libusb_device_handle *h, int config)
{
	(void)h;
	(void)config;
	return 0;
}

API int LIBUSB_CALL
libusb_claim_interface(libusb_device_handle *h, int interface)
{
	(void)interface;
	if (yubikey_env_fault("busy", NULL))
		return LIBUSB_ERROR_BUSY;
	h->claimed = true;
	return 0;
}

API int LIBUSB_CALL
libusb_release_interface(libusb_device_handle *h, int interface)
{
	(void)interface;
	h->claimed = false;
	return 0;
}

static bool
unplugged(void)
{
	int since = yubikey_report_since_challenge();
	long n;

	transfers++;
	return (yubikey_env_fault("unplug", &n) && transfers >= n) ||
	       (yubikey_env_fault("pull", &n) && since > 0 && since >= n);
}

API int LIBUSB_CALL
libusb_control_transfer(libusb_device_handle *h, uint8_t type, uint8_t request,
    uint16_t value, uint16_t index, unsigned char *data, uint16_t n,
    unsigned int timeout)
{
	(void)timeout;
	while (yubikey_env_fault("hang", NULL))
		(void)pause();
	if (unplugged())
		return LIBUSB_ERROR_NO_DEVICE;
	/* Only feature reports, and only of a claimed interface. */
	if (n != YUBIKEY_REPORT || index != 0 || value >> 8 != 3 || !h->claimed)
		return LIBUSB_ERROR_PIPE;
	if (type == 0xa1 && request == 0x01)
		return yubikey_report_get(h->device->key, data);
	if (type == 0x21 && request == 0x09)
		return yubikey_report_set(h->device->key, data);
	return LIBUSB_ERROR_PIPE;
}
