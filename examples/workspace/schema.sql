-- The same for PostgreSQL and SQLite.
create table users(id integer primary key, name text not null);
create table preferences(user_id integer not null references users(id), name text not null, value text not null, primary key(user_id, name));
create table projects(name text primary key, owner integer not null references users(id));
create table events(at text not null, what text not null);
insert into users values (1, 'ada'), (2, 'grace'), (3, 'linus');
insert into preferences values (1, 'theme', 'dark'), (1, 'font', '14'), (2, 'theme', 'light'), (2, 'font', '12'), (3, 'theme', 'dark');
insert into projects values ('alpha', 1), ('beta', 2);
