/* A display driver for Xorg that drives nothing: it gives the screens of Xorg's dummy driver, which
 * has none, the power management that real drivers have. Xorg then answers and obeys the DPMS
 * extension. Built by xorg.py. */
#include <xorg-server.h>
#include <xf86.h>
#include <xf86Crtc.h>

static Bool (*inner)(ScreenPtr, int, char **);

static Bool outer(ScreenPtr screen, int count, char **words)
{
    return inner(screen, count, words) && xf86DPMSInit(screen, xf86DPMSSet, 0);
}

static Bool probe(DriverPtr driver, int flags)
{
    for (int i = 0; xf86Screens[i]; i++) {
        inner = xf86Screens[i]->ScreenInit;
        xf86Screens[i]->ScreenInit = outer;
        driver->refCount++; /* Or Xorg would unload it. */
    }
    return TRUE;
}

static void identify(int flags) {}

static DriverRec driver = { 1, "dpms", identify, probe, NULL, NULL, 0, NULL };

static void *setup(void *module, void *options, int *major, int *minor)
{
    xf86AddDriver(&driver, module, 0);
    return module;
}

static XF86ModuleVersionInfo version = {
    "dpms", "Kiosk", MODINFOSTRING1, MODINFOSTRING2, XORG_VERSION_CURRENT, 1, 0, 0,
    ABI_CLASS_VIDEODRV, ABI_VIDEODRV_VERSION, MOD_CLASS_VIDEODRV, {0, 0, 0, 0}
};
_X_EXPORT XF86ModuleData dpmsModuleData = { &version, setup, NULL };
