// A small application for tests and examples: a shop that keeps its orders in SQLite and tells over HTTP how it is.
//   serve  --root DIR [--port N] [--pid-file FILE] [--write-every MS]   runs until SIGTERM
//   start  …the same…                                                  starts `serve` in the background and ends
//   stop   --pid-file FILE                                             sends SIGTERM and waits
//   status --pid-file FILE                                             exits with 0 while it runs, else with 3
// DIR/shop.db is its database, made when missing; DIR/shop.conf has its settings, `name: value` in each line:
//   port: N, mode: normal|unhealthy|stubborn (ignores SIGTERM)|slow (ends 9 s after it)|broken (ends at once), delay: MS before it listens, greeting: any text
// A slow one makes the file FILE.asked beside its pid file on SIGTERM.
// GET /health answers 200 with `pid=… orders=… greeting=…`, or 500 when the database or the mode is bad.
using Holdfast.SampleApp;

if (args.Length == 0) return 2;
var settings = ShopSettings.Parse(args[1..]);
return args[0] switch
{
    "serve" => await Shop.ServeAsync(settings),
    "start" => ShopDaemon.Start(args[1..], settings),
    "stop" => await ShopDaemon.StopAsync(settings),
    "status" => ShopDaemon.IsRunning(settings) ? 0 : 3,
    _ => 2,
};
